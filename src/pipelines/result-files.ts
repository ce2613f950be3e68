import type { OutputFolder } from './output-folder.js'
import { ShardFile } from './shard-file.js'

/** A file of results, held whole. */
export interface ResultFile {
  path: string
  rows?: number
  content: Uint8Array
}

export interface ListedFile {
  path: string
  rows?: number
  bytes: number
  sha256: string
}

/** Writes files of results under their final names, all or none, and a manifest that lists them last. */
export async function writeResults<Manifest extends { files: ListedFile[] }>(
  folder: OutputFolder,
  files: readonly ResultFile[],
  describe: (files: ListedFile[]) => Manifest,
): Promise<Manifest> {
  const published: { name: string; partial: string }[] = []
  const listed: ListedFile[] = []
  for (const { path, rows, content } of files) {
    const file = await ShardFile.create(folder.partialPath(path))
    await file.append(content, rows ?? 0)
    const { partial, bytes, sha256 } = await file.finish()
    published.push({ name: path, partial })
    listed.push({ path, ...(rows === undefined ? {} : { rows }), bytes, sha256 })
  }
  const manifest = describe(listed)
  await folder.publish(published, `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}
