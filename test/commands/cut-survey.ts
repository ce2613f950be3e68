import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

const cli = fileURLToPath(new URL('../../dist/wvs.cjs', import.meta.url))

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs the built command to its end. */
export function run(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })
}

/** Runs the built command, which must succeed. */
export async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args)
  if (code !== 0) throw new Error(`wvs ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

/** A synthetic survey file in a folder of its own, and SQL over both. */
export class CutSurvey {
  private outputs = 0

  private constructor(
    readonly folder: string,
    readonly file: string,
    private readonly connection: DuckDBConnection,
  ) {}

  static async make(respondents: number): Promise<CutSurvey> {
    const folder = mkdtempSync(join(tmpdir(), 'wvs-cut-'))
    const file = join(folder, 'survey.csv')
    await succeed('synth', '--respondents', String(respondents), '--seed', '3', '--out', file, '--quiet')
    const connection = await (await DuckDBInstance.create()).connect()
    const survey = new CutSurvey(folder, file, connection)
    await survey.sql(`create table raw as select * from read_csv('${file}', sample_size = -1)`)
    return survey
  }

  /** A path for output that nothing else has. */
  path(name = 'out'): string {
    return join(this.folder, `${name}-${this.outputs++}`)
  }

  write(name: string, content: string): string {
    const path = this.path(name)
    writeFileSync(path, content)
    return path
  }

  async sql(query: string): Promise<Record<string, unknown>[]> {
    const reader = await this.connection.runAndReadAll(query)
    return reader.getRowObjectsJson().map((row) => ({ ...row }))
  }

  /** One column of a query's result, as texts. */
  async column(query: string): Promise<string[]> {
    return (await this.sql(query)).map((row) => String(Object.values(row)[0]))
  }

  close(): void {
    this.connection.closeSync()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
