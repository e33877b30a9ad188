import { strict as assert } from 'node:assert'
import { NetlinkSocket } from '../../src/kernel/index.js'
import { discover } from '../../src/node/topology.js'
import { Namespace } from '../kernel/support/namespace.js'

// With NICs: test/lab.
describe('the topology of a namespace without NICs', () => {
  let ns: Namespace
  before(function () {
    ns = Namespace.create(this)
    ns.ip('link add left type veth peer name right')
    ns.ip('address add 10.0.0.1/24 dev left')
  })
  after(() => ns?.[Symbol.dispose]())

  it('is its addresses, and no NIC, also where the machine has some', () => {
    using generic = NetlinkSocket.open('generic', { netns: ns.path })
    assert.deepEqual(discover(ns.socket, generic), {
      nics: [],
      addresses: [{ ip: '10.0.0.1', device: 'left', ifindex: ns.ifindexOf('left') }],
      gaps: [],
    })
  })
})
