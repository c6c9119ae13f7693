// SPDX-License-Identifier: MIT
// Version 3 of the SDK as a judge of many homes in one process; as judge_v2.js.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { enter, main } = require("./judging.js");
const { parseKnownFiles } = require("@smithy/shared-ini-file-loader");
const settings = { endpoint: process.argv[2], region: "eu-west-1", maxAttempts: 1 };

async function identify(profile) {
	process.env.AWS_PROFILE = profile;
	const credentials = fromNodeProviderChain({ profile, clientConfig: settings });
	const { accessKeyId } = await credentials();
	const answer = await new STSClient({ ...settings, credentials }).send(new GetCallerIdentityCommand({}));
	return { arn: answer.Arn, id: accessKeyId };
}

main({ enter, identify, parse: () => parseKnownFiles({}) });
