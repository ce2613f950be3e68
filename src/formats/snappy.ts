export { snappyCompress } from 'hyparquet-writer/src/snappy.js'
