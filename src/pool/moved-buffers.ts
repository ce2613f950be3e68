/** The buffers that a result fills, each once: those move to another thread with it, and what it has of others is copied. */
export function movedBuffers(result: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>()
  collect(result, found)
  return [...found]
}

function collect(value: unknown, found: Set<ArrayBuffer>): void {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteLength } = value
    if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) found.add(buffer)
  } else if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') collect(item, found)
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) collect(item, found)
  }
}
