import { strict as assert } from 'node:assert'
import { see } from '../../../src/offload/flows/see.js'
import { parseFlow } from '../../../src/ovs/dump-flows/index.js'

const zonesOf = (actions: string) =>
  see(
    parseFlow(
      `recirc_id(0),in_port(pf0vf0),eth(),eth_type(0x0800),ipv4(), packets:1, bytes:98, used:0.1s, actions:${actions}`,
    ),
  )

describe('what a verdict depends on, of a flow’s line', () => {
  const ZONES: [actions: string, zones: number[] | undefined][] = [
    ['pf0vf1', undefined],
    ['ct_clear,pf0vf1', undefined],
    ['ct,recirc(0x1)', [0]],
    ['ct(zone=5),recirc(0x1)', [5]],
    ['ct(commit,zone=5,nat(src=10.0.0.1)),pf0vf1', [5]],
    ['ct(commit,zone=5),ct(zone=6),recirc(0x1)', [5, 6]],
    ['clone(ct(zone=7),recirc(0x2)),ct(zone=7),recirc(0x3)', [7]],
  ]
  for (const [actions, zones] of ZONES) {
    it(`is in zones ${zones?.join(', ') ?? 'none'} of connection tracking with ${actions}`, () => {
      const { conntrack, ctZones } = zonesOf(actions)
      assert.deepEqual([conntrack, ctZones], [zones !== undefined, zones])
    })
  }
})
