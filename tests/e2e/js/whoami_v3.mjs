// SPDX-License-Identifier: MIT
// Version 3 of the SDK by its default chain: who am I? argv: endpoint.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

try {
	const client = new STSClient({ endpoint: process.argv[2] });
	console.log((await client.send(new GetCallerIdentityCommand({}))).Arn);
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
}
