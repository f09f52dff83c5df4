// Settings of Node-RED for bench/: no editor, no telemetry, loopback only. The
// flow finds its key and its database in the environment.
'use strict';

module.exports = {
	uiHost: '127.0.0.1',
	httpAdminRoot: false,
	credentialSecret: false,
	apiMaxLength: '256kb',
	functionGlobalContext: {
		crypto: require('node:crypto'),
		key: Buffer.from(process.env.SECRET.slice('whsec_'.length), 'base64'),
	},
	telemetry: { enabled: false, updateNotification: false },
	logging: { console: { level: 'warn', metrics: false, audit: false } },
};
