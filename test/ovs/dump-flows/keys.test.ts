import { strict as assert } from 'node:assert'
import { type Attribute, parseFlow, printFlow } from '../../../src/ovs/dump-flows/index.js'

const REST = ', packets:0, bytes:0, used:never, actions:drop'

/** What a key says, without what says that something is as usual. */
function read(key: string): unknown {
  const flow = parseFlow(key + REST)
  assert.equal(printFlow(flow), key + REST)
  return JSON.parse(JSON.stringify(flow.key, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)))
}

describe('a key of dump-flows', () => {
  const u32 = ['skb_priority', 'skb_mark', 'recirc_id', 'dp_hash']
  for (const name of u32) {
    it(`has ${name} with a mask and without`, () => {
      assert.deepEqual(read(`${name}(0)`), [{ name, value: 0 }])
      assert.deepEqual(read(`${name}(0x1a)`), [{ name, value: 0x1a }])
      assert.deepEqual(read(`${name}(0/0)`), [{ name, value: 0, mask: 0 }])
      assert.deepEqual(read(`${name}(0xffffffff/0xfff0)`), [{ name, value: 0xffffffff, mask: 0xfff0 }])
    })
  }

  const cases: [key: string, read: unknown[]][] = [
    ['in_port(3)', [{ name: 'in_port', port: 3 }]],
    ['in_port(3/0xff)', [{ name: 'in_port', port: 3, mask: 0xff }]],
    ['in_port(pf0vf0)', [{ name: 'in_port', port: 'pf0vf0' }]],
    ['in_port(54235e5753b8_h)', [{ name: 'in_port', port: '54235e5753b8_h' }]],
    ['in_port(007)', [{ name: 'in_port', port: '007' }]],
    ['in_port(a,b)', [{ name: 'in_port', port: 'a,b' }]],
    ['in_port(Büro)', [{ name: 'in_port', port: 'Büro' }]],
    ['ct_state(0x22/0x32)', [{ name: 'ct_state', value: 0x22, mask: 0x32 }]],
    ['ct_state(0)', [{ name: 'ct_state', value: 0 }]],
    [
      'ct_state(-new+est)',
      [
        {
          name: 'ct_state',
          flags: [
            { flag: 'new', on: false },
            { flag: 'est', on: true },
          ],
          signed: true,
        },
      ],
    ],
    [
      'ct_state(new|trk|0x100)',
      [
        {
          name: 'ct_state',
          flags: [
            { flag: 'new', on: true },
            { flag: 'trk', on: true },
            { flag: '0x100', on: true },
          ],
          signed: false,
        },
      ],
    ],
    ['ct_zone(0xc)', [{ name: 'ct_zone', value: 12 }]],
    ['ct_zone(0x5/0xff)', [{ name: 'ct_zone', value: 5, mask: 0xff }]],
    ['ct_mark(0/0x2)', [{ name: 'ct_mark', value: 0, mask: 2 }]],
    ['ct_mark()', [{ name: 'ct_mark' }]],
    ['ct_label(0/0)', [{ name: 'ct_label', value: '0n', mask: '0n' }]],
    [
      'ct_label(0x1234567890abcdef1234567890abcdef)',
      [{ name: 'ct_label', value: `${0x1234567890abcdef1234567890abcdefn}n` }],
    ],
    ['ct_label()', [{ name: 'ct_label' }]],
    ['eth()', [{ name: 'eth', items: [] }]],
    [
      'eth(src=02:00:00:00:00:05,dst=00:00:00:00:00:00/01:00:00:00:00:00)',
      [
        {
          name: 'eth',
          items: [
            { name: 'src', value: '02:00:00:00:00:05' },
            { name: 'dst', value: '00:00:00:00:00:00', mask: '01:00:00:00:00:00' },
          ],
        },
      ],
    ],
    ['eth_type(0x0800)', [{ name: 'eth_type', value: 0x800 }]],
    // What odp_flow_format() appends where only the mask has the attribute: a plain zero.
    ['eth_type(0/0xffff)', [{ name: 'eth_type', value: 0, mask: 0xffff, spelling: { value: 0, mask: 4 } }]],
    [
      'tcp_flags(psh|ack)',
      [
        {
          name: 'tcp_flags',
          flags: [
            { flag: 'psh', on: true },
            { flag: 'ack', on: true },
          ],
          signed: false,
        },
      ],
    ],
    [
      'tcp_flags(+syn-ack+[200])',
      [
        {
          name: 'tcp_flags',
          flags: [
            { flag: 'syn', on: true },
            { flag: 'ack', on: false },
            { flag: '[200]', on: true },
          ],
          signed: true,
        },
      ],
    ],
    ['tcp_flags(0/0)', [{ name: 'tcp_flags', value: 0, mask: 0 }]],
    [
      'eth_type(0x8100),vlan(vid=99/0xff0,pcp=7/0x3,cfi=0),encap(eth_type(0x0800),ipv4(frag=no))',
      [
        { name: 'eth_type', value: 0x8100 },
        {
          name: 'vlan',
          items: [
            { name: 'vid', value: 99, mask: 0xff0 },
            { name: 'pcp', value: 7, mask: 3 },
            { name: 'cfi', value: 0 },
          ],
        },
        {
          name: 'encap',
          keys: [
            { name: 'eth_type', value: 0x800 },
            { name: 'ipv4', items: [{ name: 'frag', text: 'no' }] },
          ],
        },
      ],
    ],
    ['encap()', [{ name: 'encap', keys: [] }]],
    // format_mpls(): the masks of tc and bos have no prefix.
    [
      'mpls(label=100/0xff,tc=7/7,ttl=64/0xff,bos=0/1,label=0/0x0,tc=0/0,ttl=0/0x0,bos=1/1)',
      [
        {
          name: 'mpls',
          items: [
            { name: 'label', value: 100, mask: 0xff },
            { name: 'tc', value: 7, mask: 7 },
            { name: 'ttl', value: 64, mask: 0xff },
            { name: 'bos', value: 0, mask: 1 },
            { name: 'label', value: 0, mask: 0 },
            { name: 'tc', value: 0, mask: 0 },
            { name: 'ttl', value: 0, mask: 0 },
            { name: 'bos', value: 1, mask: 1 },
          ],
        },
      ],
    ],
    [
      'ipv4(src=10.0.0.1,dst=172.16.0.0/255.240.0.0,proto=17,tos=0/0x3,ttl=64,frag=later)',
      [
        {
          name: 'ipv4',
          items: [
            { name: 'src', value: '10.0.0.1' },
            { name: 'dst', value: '172.16.0.0', mask: '255.240.0.0' },
            { name: 'proto', value: 17 },
            { name: 'tos', value: 0, mask: 3 },
            { name: 'ttl', value: 64 },
            { name: 'frag', text: 'later' },
          ],
        },
      ],
    ],
    [
      'ipv6(src=::/::,dst=::ffff:10.0.0.1,label=0/0xf0,proto=10/0xf0,tclass=0x70,hlimit=128/0xf0,frag=first)',
      [
        {
          name: 'ipv6',
          items: [
            { name: 'src', value: '::', mask: '::' },
            { name: 'dst', value: '::ffff:10.0.0.1' },
            { name: 'label', value: 0, mask: 0xf0 },
            { name: 'proto', value: 10, mask: 0xf0 },
            { name: 'tclass', value: 0x70 },
            { name: 'hlimit', value: 128, mask: 0xf0 },
            { name: 'frag', text: 'first' },
          ],
        },
      ],
    ],
    ...['tcp', 'udp', 'sctp'].map((name): [string, unknown[]] => [
      `${name}(src=80/0xff00,dst=8080)`,
      [
        {
          name,
          items: [
            { name: 'src', value: 80, mask: 0xff00 },
            { name: 'dst', value: 8080 },
          ],
        },
      ],
    ]),
    ...['icmp', 'icmpv6'].map((name): [string, unknown[]] => [
      `${name}(type=8/0xf0,code=0)`,
      [
        {
          name,
          items: [
            { name: 'type', value: 8, mask: 0xf0 },
            { name: 'code', value: 0 },
          ],
        },
      ],
    ]),
    [
      'arp(sip=1.2.3.4/255.255.255.250,tip=5.6.7.8,op=1/0xf0,sha=00:0f:10:11:12:13/ff:ff:ff:ff:ff:00,tha=00:14:15:16:17:18)',
      [
        {
          name: 'arp',
          items: [
            { name: 'sip', value: '1.2.3.4', mask: '255.255.255.250' },
            { name: 'tip', value: '5.6.7.8' },
            { name: 'op', value: 1, mask: 0xf0 },
            { name: 'sha', value: '00:0f:10:11:12:13', mask: 'ff:ff:ff:ff:ff:00' },
            { name: 'tha', value: '00:14:15:16:17:18' },
          ],
        },
      ],
    ],
    [
      'nd(target=fe80::3/::250,sll=00:05:06:07:08:09,tll=00:0a:0b:0c:0d:0e),nd_ext(nd_reserved=0x0,nd_options_type=2)',
      [
        {
          name: 'nd',
          items: [
            { name: 'target', value: 'fe80::3', mask: '::250' },
            { name: 'sll', value: '00:05:06:07:08:09' },
            { name: 'tll', value: '00:0a:0b:0c:0d:0e' },
          ],
        },
        {
          name: 'nd_ext',
          items: [
            { name: 'nd_reserved', value: 0 },
            { name: 'nd_options_type', value: 2 },
          ],
        },
      ],
    ],
    [
      'packet_type(ns=1,id=0x894f),nsh(flags=0,ttl=63,np=0x04/0x0f,spi=0x123456,c1=0x11/0x000000ff)',
      [
        {
          name: 'packet_type',
          items: [
            { name: 'ns', value: 1 },
            { name: 'id', value: 0x894f },
          ],
        },
        {
          name: 'nsh',
          items: [
            { name: 'flags', value: 0 },
            { name: 'ttl', value: 63 },
            // format_uint8_masked(): with a mask the value is hexadecimal too.
            { name: 'np', value: 4, mask: 15, spelling: { value: 2, mask: 2 } },
            { name: 'spi', value: 0x123456 },
            { name: 'c1', value: 0x11, mask: 0xff },
          ],
        },
      ],
    ],
    [
      'ct_tuple4(src=10.0.0.1,dst=0.0.0.0/0.0.0.0,proto=6,tp_src=1/0xff,tp_dst=2)',
      [
        {
          name: 'ct_tuple4',
          items: [
            { name: 'src', value: '10.0.0.1' },
            { name: 'dst', value: '0.0.0.0', mask: '0.0.0.0' },
            { name: 'proto', value: 6 },
            { name: 'tp_src', value: 1, mask: 0xff },
            { name: 'tp_dst', value: 2 },
          ],
        },
      ],
    ],
    [
      'ct_tuple6(src=fd00::1,dst=::/::,proto=58,src_port=128,dst_port=0)',
      [
        {
          name: 'ct_tuple6',
          items: [
            { name: 'src', value: 'fd00::1' },
            { name: 'dst', value: '::', mask: '::' },
            { name: 'proto', value: 58 },
            { name: 'src_port', value: 128 },
            { name: 'dst_port', value: 0 },
          ],
        },
      ],
    ],
    [
      'tunnel(tun_id=0xfedcba9876543210/0xff,src=10.0.0.1/255.255.255.0,ipv6_dst=fd00::2,tos=0x8,ttl=0/0,tp_src=1,tp_dst=6081,flags(oam|key))',
      [
        {
          name: 'tunnel',
          items: [
            { name: 'tun_id', value: `${0xfedcba9876543210n}n`, mask: '255n' },
            { name: 'src', value: '10.0.0.1', mask: '255.255.255.0' },
            { name: 'ipv6_dst', value: 'fd00::2' },
            { name: 'tos', value: 8 },
            { name: 'ttl', value: 0, mask: 0 },
            { name: 'tp_src', value: 1 },
            { name: 'tp_dst', value: 6081 },
            {
              name: 'flags',
              flags: [
                { flag: 'oam', on: true },
                { flag: 'key', on: true },
              ],
              signed: false,
            },
          ],
        },
      ],
    ],
    // Leading zeros of an option's data are not printed, and of an option of which nothing matters nothing is.
    [
      'tunnel(geneve({class=0x102/0,type=0x80,len=4,0x20003/0x7fffffff}{class=0,type=0,len=8/0xff,0}{len=4}{}))',
      [
        {
          name: 'tunnel',
          items: [
            {
              name: 'geneve',
              groups: [
                [
                  { name: 'class', value: 0x102, mask: 0 },
                  { name: 'type', value: 0x80 },
                  { name: 'len', value: 4 },
                  { name: 'data', value: `${0x20003}n`, mask: `${0x7fffffff}n` },
                ],
                [
                  { name: 'class', value: 0 },
                  { name: 'type', value: 0 },
                  { name: 'len', value: 8, mask: 0xff },
                  { name: 'data', value: '0n' },
                ],
                [{ name: 'len', value: 4 }],
                [],
              ],
            },
          ],
        },
      ],
    ],
    [
      'tunnel(vxlan(gbp(id=10/0xff,flags=0xb)),erspan(ver=1/0,idx=0x7/0xf),erspan(ver=2,dir=1,hwid=0x7),gtpu(flags=0x30,msgtype=255))',
      [
        {
          name: 'tunnel',
          items: [
            {
              name: 'vxlan',
              items: [
                {
                  name: 'gbp',
                  items: [
                    { name: 'id', value: 10, mask: 0xff },
                    { name: 'flags', value: 0xb },
                  ],
                },
              ],
            },
            {
              name: 'erspan',
              items: [
                { name: 'ver', value: 1, mask: 0 },
                { name: 'idx', value: 7, mask: 0xf },
              ],
            },
            {
              name: 'erspan',
              items: [
                { name: 'ver', value: 2 },
                { name: 'dir', value: 1 },
                { name: 'hwid', value: 7 },
              ],
            },
            {
              name: 'gtpu',
              items: [
                { name: 'flags', value: 0x30 },
                { name: 'msgtype', value: 255 },
              ],
            },
          ],
        },
      ],
    ],
    // What nobody knows yet is kept, in a key and in its attributes.
    [
      'key33(00 01/ff ff),in_port(1)',
      [
        { name: 'unknown', text: 'key33(00 01/ff ff)' },
        { name: 'in_port', port: 1 },
      ],
    ],
    [
      'tunnel(key19(00),tun_id=0x1)',
      [
        {
          name: 'tunnel',
          items: [
            { name: 'unknown', text: 'key19(00)' },
            { name: 'tun_id', value: '1n' },
          ],
        },
      ],
    ],
    [
      'ipv4(dscp=ef/1,frag=no)',
      [
        {
          name: 'ipv4',
          items: [
            { name: 'unknown', text: 'dscp=ef/1' },
            { name: 'frag', text: 'no' },
          ],
        },
      ],
    ],
    ['', []],
  ]
  for (const [key, expected] of cases) {
    it(`has ${key || 'nothing where all packets match'}`, () => assert.deepEqual(read(key), expected))
  }

  it('keeps the order of its attributes and fields', () => {
    const names = (key: string) => parseFlow(key + REST).key.map(({ name }) => name)
    assert.deepEqual(names('recirc_id(0),in_port(1),eth(),tunnel()'), ['recirc_id', 'in_port', 'eth', 'tunnel'])
    assert.deepEqual(names('tunnel(),eth(),in_port(1),recirc_id(0)'), ['tunnel', 'eth', 'in_port', 'recirc_id'])
  })

  it('keeps the way a number is written, where it is another than usual', () => {
    for (const key of [
      'recirc_id(26)',
      'recirc_id(0x0)',
      'eth_type(0x800)',
      'ipv4(ttl=0x40/255)',
      'tunnel(tun_id=3/0x00f)',
    ]) {
      assert.equal(printFlow(parseFlow(key + REST)), key + REST)
    }
  })

  it('is printed from its values', () => {
    const flow = parseFlow(`in_port(pf0vf0),ipv4(src=10.0.0.1,ttl=64)${REST}`)
    const [, ipv4] = flow.key as [Attribute, Extract<Attribute, { name: 'ipv4' }>]
    flow.key = [
      { name: 'in_port', port: 'pf1vf3' },
      { name: 'ipv4', items: ipv4.items.map((item) => (item.name === 'src' ? { ...item, value: '10.0.0.2' } : item)) },
      { name: 'skb_mark', value: 0x10, mask: 0xf0 },
    ]
    assert.equal(printFlow(flow), `in_port(pf1vf3),ipv4(src=10.0.0.2,ttl=64),skb_mark(0x10/0xf0)${REST}`)
  })
})
