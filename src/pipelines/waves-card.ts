import type { HarmonisedVariable } from '../definitions/harmonised-report.js'
import { waveName } from '../definitions/wave-order.js'
import { groupedNumber } from '../formats/grouped-number.js'
import type { WavesManifest } from './waves-manifest.js'

/** What a dataset card says of the waves: who came from which file, which wave asked what, and what is no one question. */
export function wavesSection(manifest: WavesManifest): string {
  const { inputs, harmonised, notes } = manifest
  const waves = [...new Set(inputs.map(({ wave }) => wave))]
  return `## Waves

| file | wave | respondents | examples | ids start with |
| --- | --- | --- | --- | --- |
${inputs.map(({ name, wave, idPrefix, counts }) => row(`\`${name}\``, wave, groupedNumber(counts.respondents), groupedNumber(counts.examples), `\`${idPrefix}\``)).join('\n')}

Questions that waves share stand under one id, their name in the time series; those of one wave alone, and those whose answers
differ, under ids that say the wave. \`wave\` and \`year\` say when a respondent was asked.
${[...apartLines(manifest), ...scaleLines(harmonised.variables), ...notes.map((note) => `- Note: ${note}.`)].map((line) => `\n${line}`).join('')}

Which wave asked what, and what the wave itself calls it (\`questions.json\` says it too):

${row('question', ...waves.map(waveName))}
${row(...['question', ...waves].map(() => '---'))}
${harmonised.variables
  .filter(({ kind }) => kind === 'value')
  .map((variable) => row(`\`${variable.id}\``, ...waves.map((wave) => idsIn(variable, wave))))
  .join('\n')}`
}

function apartLines({ harmonised }: WavesManifest): string[] {
  return harmonised.apart.map(
    ({ harmonised: id, ids, reasons }) =>
      `- \`${id}\` is not one: ${ids.map((own) => `\`${own}\``).join(', ')} (${reasons.join('; ')}).`,
  )
}

function scaleLines(variables: readonly HarmonisedVariable[]): string[] {
  return variables.flatMap(({ id, members }) =>
    members.flatMap(({ wave, variable, scale }) =>
      scale === undefined ? [] : [`- \`${id}\`: the scale of ${waveName(wave)} (\`${variable}\`) was ${scale}.`],
    ),
  )
}

function idsIn({ members }: HarmonisedVariable, wave: string): string {
  return members
    .filter((member) => member.wave === wave)
    .map(({ variable }) => variable)
    .join(', ')
}

function row(...cells: string[]): string {
  return `| ${cells.join(' | ')} |`
}
