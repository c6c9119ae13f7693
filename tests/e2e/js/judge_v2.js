// SPDX-License-Identifier: MIT
// Version 2 of the SDK as a judge of many homes in one process. argv: the stand-in's URL. stdin: a JSON array of
// {name, env, profiles}; stdout: a JSON object, name -> {profiles: {NAME: {arn, id} or {error}}, parsed}.
"use strict";

require("aws-sdk/lib/maintenance_mode_message").suppress = true;
const AWS = require("aws-sdk");
const { enter, main } = require("./judging.js");

AWS.config.update({ region: "eu-west-1", maxRetries: 0, sts: { endpoint: process.argv[2] } });

async function identify(profile) {
	process.env.AWS_PROFILE = profile;
	// The default chain; its links look at the environment when they are made.
	const chain = new AWS.CredentialProviderChain(AWS.CredentialProviderChain.defaultProviders.slice());
	const credentials = await chain.resolvePromise();
	const answer = await new AWS.STS({ credentials }).getCallerIdentity().promise();
	return { arn: answer.Arn, id: credentials.accessKeyId };
}

function parse() {
	return AWS.util.getProfilesFromSharedConfig(new AWS.IniLoader());
}

main({ enter, identify, parse });
