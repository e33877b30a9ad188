import { strict as assert } from 'node:assert'
import { parseAddresses, showAddress } from '../../../src/ovs/ovsdb/index.js'

describe('addresses of an OVSDB server', () => {
  for (const text of ['unix:/run/openvswitch/db.sock', 'tcp:10.0.0.1:6642', 'ssl:[fd00::1]:6642', 'tcp:central:6642']) {
    it(`${text} is one`, () => assert.deepEqual(parseAddresses(text).map(showAddress), [text]))
  }

  it('may be several', () => {
    assert.deepEqual(parseAddresses('ssl:[::1]:6642, tcp:10.0.0.2:1'), [
      { kind: 'ssl', host: '::1', port: 6642 },
      { kind: 'tcp', host: '10.0.0.2', port: 1 },
    ])
  })

  const bad = [
    '',
    'unix:',
    '/run/db.sock',
    'tcp:10.0.0.1',
    'tcp:10.0.0.1:0',
    'tcp:10.0.0.1:65536',
    'tcp:::1:6642',
    'ssl:[10.0.0.1]:1',
    'ptcp:6642',
    'tcp:a:1,',
  ]
  for (const text of bad) {
    it(`"${text}" is none`, () => {
      assert.throws(() => parseAddresses(text), { code: 'OVSDB_BAD_ADDRESS', hint: /unix:PATH/ })
    })
  }
})
