import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { murmur3 } from './murmur.js'
import { pythonShuffle } from './python-random.js'

test("the oracle's shuffle is Python's", () => {
  const order = pythonShuffle(0, 93278)
  assert.deepEqual(order.slice(0, 5), [26897, 59406, 12110, 90521, 77169])
  assert.equal(createHash('sha1').update(order.join(',')).digest('hex'), 'c84bdcbbf461338f4f68d59d35f42cbacd7248d5')
})

test("the oracle's hash is MurmurHash3", () => {
  assert.equal(murmur3('', 0), 0)
  assert.equal(murmur3('', 1), 0x514e28b7)
  assert.equal(murmur3('test', 0x9747b28c), 0x704b81dc)
  assert.equal(murmur3('Hello, world!', 0x9747b28c), 0x24884cba)
})
