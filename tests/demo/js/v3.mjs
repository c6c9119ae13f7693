// SPDX-License-Identifier: MIT
// The JavaScript SDK, version 3, as an application uses it: no word about credentials.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const answer = await new STSClient({}).send(new GetCallerIdentityCommand({}));
console.log(answer.Arn);
