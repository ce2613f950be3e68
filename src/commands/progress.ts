import { groupedNumber } from '../formats/grouped-number.js'

/** Shows how far a run is: a bar on a terminal, plain lines now and then elsewhere, nothing when quiet. */
export interface Progress {
  update(done: number, total: number, detail: () => string): void
  /** Clears the bar away. */
  end(): void
}

const barWidth = 24
/** Milliseconds between two looks of the bar, and between two lines where there is no terminal. */
const barInterval = 100
const lineInterval = 5000

export function createProgress(quiet: boolean): Progress {
  if (quiet) return { update: () => {}, end: () => {} }
  return process.stderr.isTTY ? new ProgressBar() : new ProgressLines()
}

class ProgressBar implements Progress {
  private readonly started = Date.now()
  private shown = 0
  private drawn = false

  update(done: number, total: number, detail: () => string): void {
    const now = Date.now()
    if (now - this.shown < barInterval && done < total) return
    this.shown = now
    this.drawn = true
    const share = total === 0 ? 1 : done / total
    const filled = Math.round(share * barWidth)
    const seconds = (now - this.started) / 1000
    const left = share > 0 ? (seconds / share) * (1 - share) : 0
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
    const line = `${bar} ${Math.floor(share * 100)} %  ${detail()}  ${rate(done, seconds)}/s  ${left.toFixed(0)} s left`
    process.stderr.write(`\r\u001b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`)
  }

  end(): void {
    if (this.drawn) process.stderr.write('\r\u001b[K')
  }
}

class ProgressLines implements Progress {
  private readonly started = Date.now()
  private shown = Date.now()

  update(done: number, total: number, detail: () => string): void {
    const now = Date.now()
    if (now - this.shown < lineInterval) return
    this.shown = now
    const share = total === 0 ? 100 : Math.floor((done / total) * 100)
    process.stderr.write(`wvs: ${share} %, ${detail()}, ${rate(done, (now - this.started) / 1000)}/s\n`)
  }

  end(): void {}
}

function rate(done: number, seconds: number): string {
  return groupedNumber(Math.round(done / Math.max(seconds, 0.001)))
}
