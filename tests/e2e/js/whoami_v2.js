// SPDX-License-Identifier: MIT
// Version 2 of the SDK by its default chain: who am I? argv: endpoint.
"use strict";

require("aws-sdk/lib/maintenance_mode_message").suppress = true;
const AWS = require("aws-sdk");

new AWS.STS({ endpoint: process.argv[2] }).getCallerIdentity((error, answer) => {
	if (error) {
		console.error(error.message);
		process.exitCode = 1;
	} else {
		console.log(answer.Arn);
	}
});
