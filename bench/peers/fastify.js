// Fastify with better-sqlite3, as somebody would write it who needs no more than
// to take signed orders and keep them. It answers after the commit.
'use strict';

const crypto = require('node:crypto');
const fastify = require('fastify');
const Database = require('better-sqlite3');

const [port, file, secret] = process.argv.slice(2);
const key = Buffer.from(secret.slice('whsec_'.length), 'base64');

const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`CREATE TABLE orders (
	seq INTEGER PRIMARY KEY, company TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, accepted_at INTEGER NOT NULL,
	UNIQUE (company, id)) STRICT`);
const insert = db.prepare(
	'INSERT INTO orders (company, id, body, accepted_at) VALUES (?, ?, ?, ?) ON CONFLICT (company, id) DO NOTHING');

// believed is the check of Standard Webhooks over the body as it came.
function believed(headers, body) {
	const id = headers['webhook-id'];
	const timestamp = headers['webhook-timestamp'];
	if (!id || !(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return false;
	const want = crypto.createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
	return String(headers['webhook-signature']).split(' ').some((one) => {
		const [version, text] = one.split(',');
		const got = Buffer.from(text ?? '', 'base64');
		return version === 'v1' && got.length === want.length && crypto.timingSafeEqual(got, want);
	});
}

function valid(message) {
	const order = message?.data;
	return message?.type === 'order.created' && typeof message.company_id === 'string' &&
		typeof order?.id === 'string' && Array.isArray(order.items) && order.items.length > 0;
}

const app = fastify({ bodyLimit: 256 << 10 });
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => done(null, body));
app.get('/ready', (request, reply) => reply.send(''));
app.post('/orders', (request, reply) => {
	if (!believed(request.headers, request.body)) return reply.code(401).send({ error: 'signature' });
	let message;
	try {
		message = JSON.parse(request.body);
	} catch {
		return reply.code(400).send({ error: 'no JSON' });
	}
	if (!valid(message)) return reply.code(422).send({ error: 'no order' });
	insert.run(message.company_id, message.data.id, request.body, Date.now());
	return reply.code(202).send({ accepted: true });
});
process.on('SIGTERM', () => app.close().then(() => db.close()));
app.listen({ port: Number(port), host: '127.0.0.1' });
