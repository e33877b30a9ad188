import { strict as assert } from 'node:assert'
import type { IpAddress } from '../../../src/base/types.js'
import type { rtnl } from '../../../src/kernel/index.js'
import { LoggedReasons } from '../../../src/offload/flows/logged.js'
import type { SeenFlow } from '../../../src/offload/flows/seen-flow.js'
import type { LoggedRefusal } from '../../../src/ovs/vlog/index.js'

const UFID = 'e59fc0a0-a958-4ad7-aaea-1c8fba129bcb'
const flow: SeenFlow = {
  ufid: UFID,
  inPort: 'pf0vf0',
  recircId: 0,
  multicast: false,
  tunnels: [{ localIp: '10.0.0.1' as IpAddress, remoteIp: '10.0.0.11' as IpAddress, vni: 3 }],
  outputs: ['genev_sys_6081'],
  recirculates: [],
  conntrack: false,
  slowPath: false,
  layer: 'ovs',
  packets: 5,
  bytes: 500,
}
const LINKS = [{ name: 'pf0vf0' }, { name: 'genev_sys_6081', kind: 'geneve' }] as rtnl.Link[]
const CHAIN = 'mlx5_core: Requested chain is out of supported range'
const refusal: LoggedRefusal = { ufid: UFID, port: 'pf0vf0', error: 'Operation not supported', errno: 95, text: CHAIN }
const { ufid: _ufid, ...ofPort } = refusal
const { text: _text, ...silent } = refusal
const { errno: _errno, ...unasked } = silent

/** Of that flow, with changes: code, text, approximate. */
function reason(refusals: readonly LoggedRefusal[], change: Partial<SeenFlow> = {}, tcPolicy = 'skip_sw') {
  const found = new LoggedReasons({ switchedOn: true, refusals }, LINKS, tcPolicy).reasonOf({ ...flow, ...change })
  return found && [found.code, found.text, found.source, found.approximate]
}

describe('a reason in Open vSwitch’s log', () => {
  it('is the kernel’s text, of that flow', () => {
    assert.deepEqual(reason([refusal]), ['CHAIN_RANGE', CHAIN, 'ovs-log', undefined])
    assert.deepEqual(reason([{ ...refusal, approximate: true }]), ['CHAIN_RANGE', CHAIN, 'ovs-log', true])
  })

  it('is what Open vSwitch itself could not do, or that it failed', () => {
    const text = 'flow_put: recirc_id sharing not supported'
    assert.deepEqual(reason([{ ...unasked, text }]), ['RECIRC_NOT_SHARED', text, 'ovs-log', undefined])
    const failed = 'failed to offload flow: Operation not supported: pf0vf0'
    assert.deepEqual(reason([unasked]), ['OFFLOAD_FAILED', failed, 'ovs-log', undefined])
  })

  it('is deduced from the node where the kernel refused it without a word', () => {
    assert.deepEqual(reason([silent]), ['NO_TEXT', undefined, 'evidence', undefined])
    const tunnel = { port: 'genev_sys_6081' }
    const decap = { inPort: 'genev_sys_6081', tunnels: [], from: {} }
    assert.deepEqual(reason([{ ...silent, ...tunnel }], decap)?.slice(0, 3), [
      'SKIP_SW_ON_TUNNEL',
      undefined,
      'evidence',
    ])
    assert.equal(reason([{ ...silent, ...tunnel }], decap, 'none')?.[0], 'NO_TEXT')
  })

  it('of a port alone is approximate, and none where not all say the same', () => {
    assert.deepEqual(reason([ofPort, ofPort]), ['CHAIN_RANGE', CHAIN, 'ovs-log', true])
    assert.equal(reason([ofPort, { ...ofPort, text: 'other' }]), undefined)
    assert.equal(reason([{ ...ofPort, text: 'other' }, ofPort, ofPort]), undefined)
    assert.deepEqual(reason([refusal, { ...ofPort, text: 'other' }])?.[1], CHAIN)
  })

  it('is not one of another flow, of another port, or of packets that ovs-vswitchd itself handles', () => {
    assert.equal(reason([{ ...refusal, ufid: UFID.replace('e5', 'e6') }]), undefined)
    assert.equal(reason([{ ...refusal, port: 'pf0vf1' }]), undefined)
    assert.equal(reason([{ ...ofPort, port: 'pf0vf1' }]), undefined)
    assert.equal(reason([refusal], { slowPath: true }), undefined)
  })
})
