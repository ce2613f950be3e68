import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SurveyError } from '#src/formats/survey-error.js'
import { parseTemplate, templateFields, usesList } from '#src/formats/template.js'

const scope = { fields: ['country', 'question', 'answer'], lists: { items: ['number', 'label'] } }
const parse = (text: string) => parseTemplate(text, 'own.mustache', scope)

describe('parseTemplate', () => {
  it('takes a template without parts for what the user says, without the white space at its ends', () => {
    assert.deepEqual(parse('\n Hello {{country}}, {{{question}}} {{&answer}}\n\n'), {
      user: [
        { kind: 'text', text: 'Hello ' },
        { kind: 'field', name: 'country' },
        { kind: 'text', text: ', ' },
        { kind: 'field', name: 'question' },
        { kind: 'text', text: ' ' },
        { kind: 'field', name: 'answer' },
      ],
    })
  })

  it('reads the parts of a conversation, comments between them', () => {
    const parts = parse(
      '{{! mine }}\n{{#system}}a{{/system}}\n\n{{#user}}\nb\n{{/user}}{{#assistant}}{{answer}}{{/assistant}}',
    )
    assert.deepEqual(parts, {
      system: [{ kind: 'text', text: 'a' }],
      user: [{ kind: 'text', text: 'b' }],
      assistant: [{ kind: 'field', name: 'answer' }],
    })
  })

  it('tells sections on fields, lists and items apart; an item goes before a field of its name', () => {
    const { user } = parse(
      '{{#country}}x{{/country}}{{^items}}none{{/items}}{{#items}}{{number}}{{country}}{{^label}}-{{/label}}{{/items}}',
    )
    assert.deepEqual(user, [
      { kind: 'if', name: 'country', inverted: false, body: [{ kind: 'text', text: 'x' }] },
      { kind: 'if', name: 'items', inverted: true, body: [{ kind: 'text', text: 'none' }] },
      {
        kind: 'list',
        name: 'items',
        body: [
          { kind: 'item', name: 'number' },
          { kind: 'field', name: 'country' },
          { kind: 'if-item', name: 'label', inverted: true, body: [{ kind: 'text', text: '-' }] },
        ],
      },
    ])
  })

  it('knows what a template names', () => {
    const parts = parse('{{#country}}{{#items}}{{answer}}{{label}}{{/items}}{{/country}}')
    assert.deepEqual([...templateFields(parts)].sort(), ['answer', 'country'])
    assert.equal(usesList(parts, 'items'), true)
    assert.equal(usesList(parse('{{^items}}{{/items}}'), 'items'), false)
  })

  const refused: [text: string, message: RegExp][] = [
    ['{{contry}}', /line 1: unknown field "contry"; did you mean "country"/],
    ['a\nb {{#items}}', /line 2: unclosed section "items"/],
    ['{{#country}}\n{{/items}}', /line 2: unclosed section "country"/],
    ['{{/country}}', /line 1: unopened section "country"/],
    ['x {{country', /line 1: unclosed tag/],
    ['{{items}}', /"items" is a list; expected a section \{\{#items\}\}/],
    ['{{label}}', /unknown field "label"/],
    ['{{> other}}', /is a partial/],
    ['{{#items}}{{#items}}{{/items}}{{/items}}', /the list "items" inside of "items"/],
    ['{{#user}}a{{/user}} and more', /text outside of the parts/],
    ['{{#user}}a{{/user}}{{country}}', /text outside of the parts/],
    ['{{#user}}a{{/user}}{{#user}}b{{/user}}', /a second \{\{#user\}\}/],
    ['{{#system}}a{{/system}}', /no \{\{#user\}\} part/],
    ['{{#country}}{{#system}}a{{/system}}{{/country}}', /\{\{#system\}\} inside of another section/],
    ['{{constructor}}', /unknown field "constructor"/],
    ['{{#__proto__}}{{/__proto__}}', /unknown field "__proto__"/],
  ]
  for (const [text, message] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parse(text),
        (error: unknown) => {
          assert.ok(error instanceof SurveyError)
          assert.match(error.message, message)
          assert.match(error.message, /^own\.mustache, line \d+: /)
          assert.ok(!error.message.includes('\n'))
          return true
        },
      )
    })
  }
})
