import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { invalidPolicies, type Reject, RejectLog, rejectReasons } from '#src/batch/reject-log.js'
import { check } from '../property.js'

const reject: fc.Arbitrary<Reject> = fc.record({
  line: fc.integer({ min: 2, max: 500 }),
  row: fc.nat({ max: 300 }),
  respondent: fc.string({ unit: 'grapheme' }),
  variable: fc.constantFrom('', 'Q1', 'Q2', 'constructor'),
  value: fc.string({ unit: 'grapheme' }),
  reason: fc.constantFrom(...rejectReasons),
  expected: fc.constant('a whole number from 1 to 4'),
})

describe('RejectLog', () => {
  it('counts by variable and reason with the first of each; keeps lines or the first of all as the policy says', () => {
    check(
      fc.tuple(fc.constantFrom(...invalidPolicies), fc.array(reject, { maxLength: 40 })),
      400,
      ([policy, rejects]) => {
        const log = new RejectLog(policy)
        for (const one of rejects) log.add(one.variable, one.reason, () => one)
        const { counts, lines, first } = log.report()
        const kinds = new Set(rejects.map(({ variable, reason }) => `${variable} ${reason}`))
        assert.equal(counts.length, kinds.size)
        for (const { variable, reason, count, first } of counts) {
          const same = rejects.filter((one) => one.variable === variable && one.reason === reason)
          assert.equal(count, same.length)
          assert.equal(first, same[0])
        }
        const written = Buffer.from(lines).toString().split('\n').slice(0, -1)
        assert.deepEqual(
          written.map((line): unknown => JSON.parse(line)),
          policy === 'reject' ? rejects.map((one) => ({ ...one })) : [],
        )
        const least = rejects.reduce<Reject | undefined>(
          (best, one) => (best === undefined || one.row < best.row ? one : best),
          undefined,
        )
        assert.equal(first, policy === 'fail' ? least : undefined)
      },
    )
  })
})
