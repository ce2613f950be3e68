import { groupedNumber } from '../formats/grouped-number.js'
import type { ExportPreview } from '../pipelines/export.js'
import { megabytes } from './export-summary.js'

/** What an export would write, for a person: the first examples as they read, then counts. */
export function exportPreview(preview: ExportPreview): string {
  const examples = preview.lines.map((line, index) => `--- example ${index + 1} ---\n${readable(JSON.parse(line))}\n\n`)
  const splits = preview.splits
    .filter(({ lines }) => lines > 0)
    .map(({ split, lines }) => `${split} ${groupedNumber(lines)}`)
  return (
    `${examples.join('')}Lines    ${groupedNumber(preview.lineCount)} (${splits.join(', ')})\n` +
    `Size     about ${megabytes(preview.estimatedBytes)} of JSON before compression\nNothing was written.\n`
  )
}

/** The texts of an example, each after its name or who speaks. */
function readable(value: unknown): string {
  return spoken(value)
    .map(([speaker, text]) => (text.includes('\n') ? `[${speaker}]\n${text}` : `[${speaker}] ${text}`))
    .join('\n')
}

function spoken(value: unknown, name = ''): [speaker: string, text: string][] {
  if (typeof value !== 'object' || value === null) return [[name, String(value)]]
  const entries = Object.entries(value)
  const [speaker, text] = entries
  const isMessage = entries.length === 2 && (speaker[0] === 'role' || speaker[0] === 'from')
  if (isMessage) return [[String(speaker[1]), String(text[1])]]
  return entries.flatMap(([key, member]) => spoken(member, Array.isArray(value) ? name : key))
}

/** The encoding in which tokens are counted, that of OpenAI's models since GPT-4o. */
const encodingName = 'o200k_base'

/** Lengths of the examples in characters and tokens, judged from a sample; the JSON around the texts does not count. */
export async function exportStatistics({ sample, lineCount }: ExportPreview): Promise<string> {
  const [{ Tiktoken }, { default: ranks }] = await Promise.all([
    import('js-tiktoken/lite'),
    import('js-tiktoken/ranks/o200k_base'),
  ])
  const encoding = new Tiktoken(ranks)
  const texts = sample.map((line) => textsOf(JSON.parse(line)).join('\n'))
  const characters = texts.map((text) => Array.from(text).length)
  const tokens = texts.map((text) => encoding.encode(text).length)
  const total = (tokens.reduce((sum, count) => sum + count, 0) / Math.max(1, tokens.length)) * lineCount
  const head = ['', 'mean', 'median', '95 %', 'longest'].map((name, index) => cell(name, index)).join('')
  return (
    `${head}\n${row('characters', characters)}\n${row('tokens', tokens)}\n` +
    `About ${(total / 1e6).toFixed(1)} million tokens in all (${encodingName}, by js-tiktoken, from ${sample.length} ` +
    `examples; a chat template adds its own).\n`
  )
}

function textsOf(value: unknown): string[] {
  return spoken(value).map(([, text]) => text)
}

function row(name: string, lengths: number[]): string {
  const sorted = lengths.toSorted((left, right) => left - right)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  const mean = sorted.reduce((sum, length) => sum + length, 0) / Math.max(1, sorted.length)
  return [name, mean.toFixed(0), at(0.5), at(0.95), sorted.at(-1) ?? 0]
    .map((value, index) => cell(String(value), index))
    .join('')
}

function cell(text: string, index: number): string {
  return index === 0 ? text.padEnd(10) : text.padStart(9)
}
