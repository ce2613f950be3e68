// DuckDB writes the fields of the examples as lines of JSON into a null sink; it reads them from Parquet, with no survey file to parse.
import { DuckDBInstance } from '@duckdb/node-api'

const connection = await (await DuckDBInstance.create()).connect()
await connection.run(`copy (select * from read_parquet('${process.argv[2]}/*.parquet')) to '/dev/null' (format json)`)
