import { strict as assert } from 'node:assert'
import { parseVtep } from '../../src/steering/vtep.js'

describe('a VTEP as it is written', () => {
  const right: [text: string, ip: string, plane?: string][] = [
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.1:rail0', '10.0.0.1', 'rail0'],
    ['10.0.0.1:0', '10.0.0.1', '0'],
    ['2001:db8::1', '2001:db8::1'],
    // The last group could be a plane's name: it is not.
    ['2001:db8::1:2', '2001:db8::1:2'],
    ['[2001:DB8:0::1]', '2001:db8::1'],
    ['[2001:db8::1]:rail0', '2001:db8::1', 'rail0'],
  ]
  for (const [text, ip, plane] of right) {
    it(`${text} is ${ip}, plane ${plane ?? 'not said'}`, () => {
      assert.deepEqual(parseVtep(text), plane === undefined ? { ip } : { ip, plane })
    })
  }

  const wrong = [
    '',
    ':',
    '10.0.0.1:',
    ':rail0',
    '10.0.0.1/24',
    '10.0.0.1:a b',
    '10.0.0.1:a:b',
    '[10.0.0.1]',
    '[10.0.0.1]:a',
    '[2001:db8::1',
    '[2001:db8::1]rail0',
    '127.0.0.1:rail0',
    '[::1]:rail0',
    '224.0.0.1',
    'fe80::1',
  ]
  for (const text of wrong) {
    it(`${text || 'nothing'} is none`, () => {
      assert.throws(() => parseVtep(text), { code: 'BAD_IP' })
    })
  }
})
