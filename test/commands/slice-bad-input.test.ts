import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { CutSurvey, run } from './cut-survey.js'

suite('what is wrong with a selection is said in one line', () => {
  let survey: CutSurvey
  before(async () => {
    survey = await CutSurvey.make(300)
  })
  after(() => survey.close())

  /** The one line that a command ends with; nothing that looks finished is left behind. */
  async function failure(code: number, command: string, ...flags: string[]): Promise<string> {
    const out = survey.path()
    const target = command === 'preview' ? [] : ['--out', out, '--quiet']
    const ended = await run(command, survey.file, ...target, '--threads', '1', ...flags)
    const name = [command, ...flags].join(' ').slice(0, 120)
    assert.equal(ended.code, code, `${name}: ${ended.stderr}`)
    assert.match(ended.stderr, /^wvs: [^\n]+\n$/, name)
    assert.ok(ended.stderr.length < 600, name)
    assert.equal(ended.stdout, '', name)
    assert.ok(!existsSync(out), name)
    return ended.stderr
  }

  const expressions: [string, RegExp][] = [
    ['(age > 3', /Unclosed \( at character 9 of "\(age > 3"/],
    ['age > 3)', /Unexpected "\)" at character 8/],
    ['age > 3 && ', /Expected expression after && at character \d+/],
    ['sex == "Male', /Unclosed quote after "Male"/],
    ['median(age) > 3', /there is no function median/],
    ['sex > 3', /sex is a category, which has no order; expected ==, != or in/],
    ['age == "old"', /age is a number; expected one, without quotes/],
    ['age != -2', /missing codes are no values; missing\(age\) finds them/],
    ['contry == "Japan"', /"contry" is no variable; did you mean "country"/],
    ['country == "Japn"', /"Japn" is no label of country; did you mean "Japan"/],
    ['continent == "Asa"', /"Asa" is no label of continent; did you mean "Asia"|expected one of/],
    ['__proto__ == 1', /"__proto__" is no variable/],
    ['constructor("return 1")()', /there is no function constructor/],
    ['sex == "constructor"', /"constructor" is no label of sex; expected one of Male, Female/],
    [`${'age > 3 && '.repeat(9_090)}age > 3`, /has 99997 characters; expected 10000 at most/],
    [`${'1+'.repeat(4_900)}age > 3`, /chains more than 1000 operations/],
    [`${'('.repeat(3_000)}age > 3${')'.repeat(3_000)}`, /nested more than 100 deep/],
  ]
  for (const [expression, message] of expressions) {
    test(`--where '${expression.slice(0, 60)}'`, async () => {
      assert.match(await failure(2, 'preview', `--where=${expression}`), message)
    })
  }

  test('a condition that leaves nobody is named by every command', async () => {
    const flags = ['--where', 'age > 20 && age < 10 && sex == "Male"']
    for (const command of ['preview', 'build', 'export', 'probe', 'distributions']) {
      const line = await failure(1, command, ...flags)
      assert.match(line, /no respondent is left: age < 10 \(condition 2 of 3\) is true for none of the \d+/, command)
    }
  })

  test('a draw of more than there are', async () => {
    assert.match(await failure(1, 'preview', '--sample', '301'), /--sample 301: only 300 respondents are left/)
    const large = ['--cells', 'country', '--per-cell', '500', '--from', 'all']
    const line = await failure(1, 'probe', ...large)
    assert.match(
      line,
      /nothing could be drawn: none of the [\d]+ cells has 500 .* the largest has \d+; pass a smaller --per-cell/,
    )
  })

  test('names, lists and derive files', async () => {
    const twice = survey.write('twice.csv', 'country,bloc\nJapan,East\nJapan,West\n')
    const unknown = survey.write('unknown.csv', 'country,bloc\nJapn,East\n')
    const faults: [string, string[], RegExp][] = [
      ['preview', ['--demographics', 'contry'], /--demographics: "contry" names no variable; did you mean "country"/],
      ['preview', ['--questions', 'Q17..Q7'], /expected a range such as Q7..Q17/],
      ['preview', ['--questions', 'Religious Value'], /did you mean "Religious Values"/],
      ['distributions', ['--questions', 'none'], /--questions chooses no question/],
      ['distributions', ['--by', '__proto__'], /--by: "__proto__" is no variable/],
      ['preview', ['--balance', 'contry'], /--balance: "contry" is no variable; did you mean "country"/],
      ['preview', ['--cells', 'sex,sex'], /--cells: "sex" stands twice/],
      ['build', ['--balance', 'constructor'], /--balance: "constructor" is no variable/],
      ['preview', ['--derive', twice], /"Japan" stands twice, first in line 2/],
      ['preview', ['--derive', unknown], /"Japn" is no code or label of country; did you mean "Japan"/],
      ['preview', ['--where', 'age > 3', '--where', 'age > 4'], /--where was given 2 times; expected one value/],
      ['probe', ['--cells', 'sex', '--cells', 'country'], /--cells was given 2 times/],
      ['distributions', ['--by'], /Not enough arguments following: by/],
    ]
    for (const [command, flags, message] of faults) assert.match(await failure(2, command, ...flags), message)
  })
})
