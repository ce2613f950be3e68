import { groupedNumber } from '../formats/grouped-number.js'
import type { ExportManifest } from '../pipelines/export.js'

/** What an export read, wrote and left out, for a person. */
export function exportSummary(
  { counts, input, files, export: options }: ExportManifest,
  out: string,
  seconds: number,
): string {
  const shards = files.filter(({ table }) => table === 'examples')
  const rows = shards.reduce((sum, file) => sum + (file.rows ?? 0), 0)
  const size = shards.reduce((sum, file) => sum + file.bytes, 0)
  const templates = options.templates.map(({ name }) => name).join(', ')
  const lines = [
    `Read     ${input.name}: ${groupedNumber(counts.respondents)} respondents, ${groupedNumber(counts.examples)} answers`,
    `Wrote    ${options.format}${templates === '' ? '' : ` (${templates})`}: ${groupedNumber(rows)} lines in ${shards.length} ${shards.length === 1 ? 'file' : 'files'}, ${megabytes(size)}`,
  ]
  for (const split of new Set(shards.map((file) => file.split))) {
    const own = shards.filter((file) => file.split === split)
    lines.push(`         ${split}: ${groupedNumber(own.reduce((sum, file) => sum + (file.rows ?? 0), 0))} lines`)
  }
  const invalid = counts.invalid.reduce((sum, entry) => sum + entry.count, 0)
  if (invalid > 0)
    lines.push(`Note     ${groupedNumber(invalid)} cells or rows could not be decoded; manifest.json lists them`)
  if (counts.rejectedRows > 0)
    lines.push(`         ${groupedNumber(counts.rejectedRows)} rows rejected, see rejects.jsonl`)
  lines.push(`Done     in ${seconds.toFixed(1)} s: ${out}`)
  return `${lines.join('\n')}\n`
}

export function megabytes(value: number): string {
  if (value < 1e6) return `${(value / 1e3).toFixed(0)} kB`
  return value < 1e9 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(2)} GB`
}
