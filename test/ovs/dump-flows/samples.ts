import { readFileSync } from 'node:fs'

export const sampleFile = new URL('../../../../test/ovs/dump-flows/samples.txt', import.meta.url)

export const sampleLines = readFileSync(sampleFile, 'utf8').split('\n').slice(0, -1)
