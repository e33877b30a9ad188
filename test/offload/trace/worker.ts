// A process that traces until it is killed, and says from where. Run by trace.test.ts.
import { traceExtack } from '../../../src/offload/trace/trace.js'

const [, , source] = process.argv
const trace = traceExtack(source === 'tracepoint' ? { source } : {})
console.log(JSON.stringify({ source: trace.source, why: trace.why }))
