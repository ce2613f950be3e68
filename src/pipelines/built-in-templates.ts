/**
 * Templates that come with the toolkit, in the same Mustache as a user's own. Sections on a demographic stand only
 * where it is known.
 */
export const builtInTemplates: Readonly<Record<string, string>> = {
  interview: `{{#system}}
You take part in a survey of people's values. Give the answer that the person in the interview would give.
{{/system}}
{{#user}}
The interviewer first asked who you are:
{{#demographics}}
{{number}}. {{question}} {{answer}}
{{/demographics}}
{{#answers}}
{{#first}}

Then the interviewer asked what you think, and you answered:
{{/first}}
- {{question}} {{scale}} {{answer}}
{{/answers}}

Now the interviewer asks: {{question}} {{scale}}

Reply with nothing but JSON of the form {"answer": ...}.
{{/user}}
{{#follow_up}}
The interviewer goes on: {{question}} {{scale}}

Reply in the same form.
{{/follow_up}}
{{#assistant}}
{"answer": {{answer_json}}}
{{/assistant}}
`,
  persona: `{{#system}}
You are a respondent of a survey{{#country}} in {{country}}{{/country}}{{#age}}, {{age}} years old{{/age}}. {{#sex}}Your sex: {{sex}}. {{/sex}}{{#marital_status}}Your marital status: {{marital_status}}. {{/marital_status}}{{#education}}Your highest education: {{education}}. {{/education}}{{#employment}}Your work: {{employment}}. {{/employment}}{{#religion}}Your religion: {{religion}}. {{/religion}}Answer as yourself, with the answer alone.
{{/system}}
{{#user}}
{{#answers}}
{{#first}}
To other questions you answered:
{{/first}}
- {{question}} {{scale}} {{answer}}
{{#last}}

{{/last}}
{{/answers}}
{{question}} {{scale}}
{{/user}}
{{#follow_up}}
{{question}} {{scale}}
{{/follow_up}}
{{#assistant}}
{{answer}}
{{/assistant}}
`,
  portrait: `{{#system}}
You know how people answered a survey of values. Give the person's answer, and nothing else.
{{/system}}
{{#user}}
A person{{#country}} from {{country}}{{/country}}{{#age}}, aged {{age}},{{/age}} took part in the survey. {{#sex}}Sex: {{sex}}. {{/sex}}{{#marital_status}}Marital status: {{marital_status}}. {{/marital_status}}{{#education}}Highest education: {{education}}. {{/education}}{{#employment}}Work: {{employment}}. {{/employment}}{{#religion}}Religion: {{religion}}. {{/religion}}The person was asked: "{{question}}" {{scale}}
{{#answers}}
{{#first}}

To other questions the person answered:
{{/first}}
- {{question}} {{scale}} {{answer}}
{{/answers}}

What did the person answer?
{{/user}}
{{#follow_up}}
The same person was asked: "{{question}}" {{scale}}

What did the person answer?
{{/follow_up}}
{{#assistant}}
{{answer}}
{{/assistant}}
`,
  bare: `{{#user}}
{{question}} {{scale}}
{{/user}}
{{#assistant}}
{{answer}}
{{/assistant}}
`,
  'question-first': `{{#user}}
{{question}} {{scale}}

Answer as the person who says of themselves:
{{#demographics}}
- {{question}} {{answer}}
{{/demographics}}
{{#answers}}
{{#first}}

The person has answered already:
{{/first}}
- {{question}} {{scale}} {{answer}}
{{/answers}}

What is this person's answer?
{{/user}}
{{#follow_up}}
{{question}} {{scale}}
{{/follow_up}}
{{#assistant}}
{{answer}}
{{/assistant}}
`,
}
