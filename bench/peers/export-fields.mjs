// DuckDB or Polars writing the fields of all examples as lines of JSON: `node export-fields.mjs duckdb|polars FOLDER OUTPUT`.
// Both read them ready-made from Parquet, as `wvs export --format fields --as parquet` leaves them, with no survey to parse,
// nothing to decode and nothing to explode.
const [peer, folder, output] = process.argv.slice(2)
await { duckdb, polars }[peer]()

async function duckdb() {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const connection = await (await DuckDBInstance.create()).connect()
  // Insertion order costs it memory and, here, nothing else asks for it.
  await connection.run('SET preserve_insertion_order = false')
  await connection.run(`COPY (SELECT * FROM read_parquet('${folder}/*.parquet')) TO '${output}' (FORMAT json)`)
}

async function polars() {
  const { default: pl } = await import('nodejs-polars')
  await pl.scanParquet(`${folder}/*.parquet`).sinkNdJson(output).collect({ streaming: true })
}
