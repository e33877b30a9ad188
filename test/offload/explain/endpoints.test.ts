import { strict as assert } from 'node:assert'
import { findParty, findSender, type Known, networkOf, showParty } from '../../../src/offload/explain/endpoints.js'
import type { LogicalPort } from '../../../src/ovs/logical-ports.js'
import { ip, mac, OURS, THEIRS, TOPOLOGY } from './sample.js'

const OTHER = mac('02:00:00:00:09:09')
const port = (
  name: string,
  network: string,
  address: LogicalPort['addresses'][number],
  node?: string,
): LogicalPort => ({
  name,
  network,
  addresses: [address],
  ...(node !== undefined && { node }),
})
const KNOWN: Known = {
  topology: TOPOLOGY,
  rules: [],
  interfaces: new Map([
    ['pod-a', 'pf0vf0'],
    ['pod-v', 'veth7'],
  ]),
  ports: [
    port('pod-a', 'train', { mac: OURS, ips: [ip('192.168.7.1')] }, 'gpu-1'),
    port('pod-c', 'train', { mac: THEIRS, ips: [ip('192.168.7.9')] }, 'gpu-2'),
    port('pod-x', 'other', { mac: OTHER, ips: [ip('192.168.7.9')] }, 'gpu-3'),
  ],
  neighbours: new Map([[ip('192.168.7.20'), OTHER]]),
}

describe('explain’s endpoints', () => {
  it('are a VF by its pod, with the addresses that OVN gave it', () => {
    const sender = findSender('pod-a', KNOWN)
    assert.equal(showParty(sender), '0000:d8:00.0 VF 0 (02:00:00:00:00:01)')
    assert.deepEqual([sender.vf.representor?.name, sender.ips], ['pf0vf0', ['192.168.7.1']])
    for (const name of ['pf0vf0', 'p0/0', OURS, '192.168.7.1']) assert.deepEqual(findSender(name, KNOWN).id, sender.id)
  })

  it('are somebody of another node by the logical port, MAC or IP', () => {
    for (const name of ['pod-c', THEIRS.toUpperCase(), '192.168.7.9']) {
      const found = findParty(name, KNOWN)
      assert.deepEqual([found.kind, found.mac, showParty(found)], ['remote', THEIRS, `${THEIRS} on gpu-2`], name)
      assert.equal(found.by, "OVN's logical port pod-c")
    }
    assert.equal(findParty('192.168.7.9', KNOWN).askedIp, '192.168.7.9')
    assert.equal(findParty('pod-c', KNOWN).askedIp, undefined)
  })

  it('are those of the sender’s network: another one may have the same addresses', () => {
    const names = networkOf(findSender('pod-a', KNOWN), KNOWN).map(({ name }) => name)
    assert.deepEqual(names, ['pod-a', 'pod-c'])
    assert.deepEqual(networkOf(findSender('pf1vf0', KNOWN), KNOWN), [])
  })

  it('are found by what flows say of an IP, where nobody else does', () => {
    const found = findParty('192.168.7.20', KNOWN)
    assert.deepEqual([found.mac, found.by], [OTHER, 'flows of the sender, which match both'])
  })

  it('are told why they are not found', () => {
    assert.throws(() => findParty('pod-v', KNOWN), { code: 'NOT_A_VF', message: /pod-v has interface veth7/ })
    assert.throws(() => findParty('pod-z', KNOWN), { code: 'UNKNOWN_ENDPOINT', hint: /iface-id, or a VF/ })
    const silent = { ...KNOWN, ports: [], portsUnknown: 'tcp:10.0.0.1:6642 does not answer' }
    assert.throws(() => findParty('pod-c', silent), { hint: /OVN does not say: tcp:10\.0\.0\.1:6642 does not answer$/ })
    assert.throws(() => findSender('pod-c', KNOWN), { code: 'NOT_OF_THIS_NODE' })
  })
})
