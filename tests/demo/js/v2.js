// SPDX-License-Identifier: MIT
// The JavaScript SDK, version 2, the same. It knows AWS_PROFILE, but not AWS_ENDPOINT_URL.
"use strict";

require("aws-sdk/lib/maintenance_mode_message").suppress = true;
const AWS = require("aws-sdk");

new AWS.STS({ endpoint: process.env.AWS_ENDPOINT_URL }).getCallerIdentity((error, answer) => {
	if (error)
		throw error;
	console.log(answer.Arn);
});
