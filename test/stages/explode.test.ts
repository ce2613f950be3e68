import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { explode } from '#src/stages/explode.js'
import { check } from '../property.js'
import { plainRows, plainSurvey, respondentBatch } from './plain-respondents.js'

describe('explode', () => {
  it('gives the examples of three nested loops, by split, also when its arrays serve batch after batch', () => {
    const stages = new Map<string, ReturnType<typeof explode>>()
    check(fc.tuple(plainSurvey, fc.boolean()), 600, ([survey, reuse]) => {
      const questions = survey.questions.length
      const key = `${questions} ${reuse}`
      const stage = stages.get(key) ?? explode({ questions, examples: true }, { reuse })
      stages.set(key, stage)
      const { splits, pieces } = stage.apply(respondentBatch(survey))
      assert.deepEqual(pieces, [])
      for (const [split, examples] of splits.entries()) {
        const members = survey.respondents.flatMap((respondent, row) => (respondent.split === split ? [row] : []))
        assert.deepEqual([...examples.respondents], members)
        assert.deepEqual(
          [...examples.counts],
          members.map((row) => survey.respondents[row].answers.filter((answer) => answer !== null).length),
        )
        const expected = plainRows('examples', survey, split)
        assert.equal(examples.length, expected.length)
        const found = expected.map((_, at) => [
          survey.questions[examples.questions[at]],
          survey.answerCodes[examples.answers[at]],
        ])
        assert.deepEqual(
          found,
          expected.map(({ question, answer }) => [question, answer]),
        )
      }
    })
  })

  it('tells respondents apart by split where no examples are wanted', () => {
    check(plainSurvey, 100, (survey) => {
      const stage = explode({ questions: survey.questions.length, examples: false }, { reuse: true })
      const { splits } = stage.apply(respondentBatch(survey))
      assert.deepEqual(
        splits.map(({ respondents, length }) => [respondents.length, length]),
        [0, 1, 2].map((split) => [survey.respondents.filter((respondent) => respondent.split === split).length, 0]),
      )
    })
  })

  it('numbers more than 256 questions', () => {
    const questions = Array.from({ length: 300 }, (_, at) => `Q${at}`)
    const respondent = { id: '1', weight: 1, who: ['a', 1, 'b'] as [string, number, string], split: 0 }
    const survey = { questions, answerCodes: [1], respondents: [{ ...respondent, answers: questions.map(() => 1) }] }
    const [train] = explode({ questions: 300, examples: true }, { reuse: true }).apply(respondentBatch(survey)).splits
    assert.deepEqual([...train.questions], [...questions.keys()])
  })
})
