import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { z } from 'zod'
import { loadDefinition } from '#src/definitions/loader.js'
import { builtInTemplates } from '#src/pipelines/built-in-templates.js'
import { type ExportManifest, exportSurvey } from '#src/pipelines/export.js'
import { defaultDemographics, defaultExport, type ExportOptions } from '#src/pipelines/export-options.js'
import { defaultRecipe } from '#src/pipelines/recipe.js'
import { synthesize } from '#src/pipelines/synth.js'
import { type ExportFormat, exportFormats } from '#src/stages/export-line.js'

let folder: string
let survey: string
let runs = 0

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wvs-export-formats-'))
  survey = join(folder, 'survey.csv')
  await synthesize({ wave: '7', layout: 'cross-national', seed: 3, respondents: 20, out: survey })
})
after(() => rmSync(folder, { recursive: true }))

async function exported(options: Partial<ExportOptions>): Promise<{ out: string; manifest: ExportManifest }> {
  const out = join(folder, `run-${runs++}`)
  const format = options.format ?? 'chat'
  const manifest = await exportSurvey({
    input: survey,
    out,
    recipe: { ...defaultRecipe, demographics: defaultDemographics, shardSize: 300 },
    definition: loadDefinition('7'),
    threads: 2,
    export: {
      ...defaultExport,
      templates: format === 'fields' ? [] : [{ name: 'persona', text: builtInTemplates.persona }],
      request: format === 'openai-batch' ? { model: 'some-model' } : {},
      ...options,
    },
  })
  return { out, manifest }
}

function shards(manifest: ExportManifest): string[] {
  return manifest.files.filter(({ table }) => table === 'examples').map(({ path }) => path)
}

const message = (role: 'system' | 'user' | 'assistant') =>
  z.strictObject({ role: z.literal(role), content: z.string().min(1) })
const turn = (from: 'system' | 'human' | 'gpt') => z.strictObject({ from: z.literal(from), value: z.string().min(1) })
const text = z.string().min(1)

/** The documented shape of a line of each format; docs/exports.md names where. */
const shapes: Record<ExportFormat, z.ZodType> = {
  chat: z.strictObject({ messages: z.tuple([message('system'), message('user'), message('assistant')]) }),
  'prompt-completion': z.strictObject({ prompt: text, completion: text }),
  alpaca: z.strictObject({ instruction: text, input: z.string(), output: text }),
  sharegpt: z.strictObject({ conversations: z.tuple([turn('system'), turn('human'), turn('gpt')]) }),
  text: z.strictObject({ text }),
  fields: z.looseObject({
    respondent_id: text,
    question: text,
    answer: z.number().int(),
    country: z.string().nullable(),
  }),
  'openai-batch': z.strictObject({
    custom_id: z.string().regex(/^\d+(-\d+)?:Q\d+\w*$/),
    method: z.literal('POST'),
    url: z.literal('/v1/chat/completions'),
    body: z.strictObject({
      model: z.literal('some-model'),
      messages: z.tuple([message('system'), message('user')]),
    }),
  }),
}

describe('export formats', () => {
  for (const format of exportFormats) {
    it(`${format}: every line has the documented shape, and DuckDB counts the same lines`, async () => {
      const { out, manifest } = await exported({ format })
      const lines = shards(manifest).flatMap((path) => readFileSync(join(out, path), 'utf8').trimEnd().split('\n'))
      assert.equal(lines.length, manifest.counts.examples)
      for (const line of lines) shapes[format].parse(JSON.parse(line))
      if (format === 'openai-batch') {
        assert.equal(new Set(lines.map((line) => JSON.parse(line).custom_id)).size, lines.length)
      }
      const rows = await duckdb(`select count(*) as n from read_json('${out}/examples/*.jsonl')`)
      assert.equal(Number(rows[0].n), lines.length)
    })

    if (format === 'openai-batch') continue
    it(`${format}: Parquet holds the same rows for hyparquet and for DuckDB`, async () => {
      const { out, manifest } = await exported({ format })
      const lines = shards(manifest).flatMap((path) => readFileSync(join(out, path), 'utf8').trimEnd().split('\n'))
      const expected: unknown[] = lines.map((line) => JSON.parse(line))
      for (const compression of format === 'chat' || format === 'fields'
        ? (['snappy', 'gzip', 'zstd', 'none'] as const)
        : (['snappy'] as const)) {
        const parquet = await exported({ format, container: 'parquet', compression })
        const rows: unknown[] = []
        for (const path of shards(parquet.manifest)) {
          const file = await asyncBufferFromFile(join(parquet.out, path))
          rows.push(...(await parquetReadObjects({ file, compressors })))
        }
        assert.deepEqual(rows, expected)
        const found = await duckdb(
          `select * from read_parquet('${parquet.out}/examples/*.parquet', filename = true, file_row_number = true)
            order by filename, file_row_number`,
        )
        const plain = found.map(({ filename: _, file_row_number: __, ...row }) => row)
        // DuckDB orders by the name of the split; so do the paths of the manifest.
        assert.deepEqual(plain, expected)
      }
    })
  }

  it('compresses lines so that they come out the same', async () => {
    const plain = await exported({})
    for (const [compression, extension] of [
      ['gzip', 'jsonl.gz'],
      ['zstd', 'jsonl.zst'],
    ] as const) {
      const packed = await exported({ compression })
      assert.deepEqual(
        shards(packed.manifest),
        shards(plain.manifest).map((path) => path.replace('jsonl', extension)),
      )
      const query = (out: string, ending: string) =>
        duckdb(`select split_part(parse_filename(filename), '.', 1) as shard, md5(string_agg(messages::varchar, '|')) as digest
          from read_json('${out}/examples/*.${ending}', filename = true) group by shard order by shard`)
      assert.deepEqual(await query(packed.out, extension), await query(plain.out, 'jsonl'))
    }
  })

  it('has a card whose globs match every shard once, in the split of its name', async () => {
    const { out, manifest } = await exported({})
    const card = readFileSync(join(out, 'README.md'), 'utf8')
    const configs = [...card.matchAll(/ {2}- split: (\w+)\n {4}path: (\S+)\n/g)]
    assert.deepEqual(
      configs.map(([, split]) => split),
      ['train', 'validation', 'test'],
    )
    const present = readdirSync(join(out, 'examples')).map((name) => `examples/${name}`)
    const matched = configs.flatMap(([, split, glob]) => {
      const pattern = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`)
      const own = present.filter((path) => pattern.test(path))
      const rows = manifest.files
        .filter(({ path }) => own.includes(path))
        .reduce((sum, file) => sum + (file.rows ?? 0), 0)
      assert.match(card, new RegExp(`- name: ${split}\n {4}num_bytes: \\d+\n {4}num_examples: ${rows}\n`))
      return own
    })
    assert.deepEqual(matched.toSorted(), present.toSorted())
    assert.match(card, /- name: "messages"\n {4}list:\n {4}- name: role\n {6}dtype: string\n/)
  })
})

async function duckdb(query: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create()).connect()
  try {
    return (await connection.runAndReadAll(query)).getRowObjectsJson()
  } finally {
    connection.closeSync()
  }
}
