import { readFileSync } from 'node:fs'

/** The toolkit's name and version, as outputs carry it. */
export const toolVersion = readVersion()
export const toolName = `wvs-etl ${toolVersion}`

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  throw new Error('package.json has no version')
}
