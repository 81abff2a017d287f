'use strict';
// Run with: node --test
const assert = require('node:assert');
const { test } = require('node:test');
const { invoke, server } = require('./server.js');

test('greets as a function', () => {
  assert.deepStrictEqual(invoke({ action: 'greet', name: 'Ada' }), { message: 'Hello, Ada!' });
});

test('greets over HTTP', async (t) => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}/invoke`;
  const answer = await fetch(url, { method: 'POST', body: '{"action": "greet", "name": "Ada"}' });
  assert.deepStrictEqual(await answer.json(), { message: 'Hello, Ada!' });
  assert.strictEqual((await fetch(url, { method: 'POST', body: '{' })).status, 400);
});
