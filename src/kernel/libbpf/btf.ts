import { NicsteerError } from '../../base/errors.js'
import { HOST_LITTLE_ENDIAN as LE } from '../netlink/bytes.js'
import { be16, be32, be64, s32, u16, u32, u64 } from '../netlink/codec.js'
import { btfFind, btfName, btfSize, btfType, copy, type Pointer } from './calls.js'
import { bigU64, type Field, type Layout } from './layout.js'

/** linux/btf.h BTF_KIND_* */
const INT = 1
const STRUCT = 4
const UNION = 5
const TYPEDEF = 8
const VOLATILE = 9
const CONST = 10
const RESTRICT = 11
const VAR = 14
const DATASEC = 15
const TYPE_TAG = 18
const MODIFIERS: readonly number[] = [TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG]

/** linux/btf.h struct btf_type, struct btf_member, struct btf_var_secinfo: three u32 each. */
const RECORD = 12

const NETWORK_ORDER: readonly Field<unknown>[] = [be16, be32, be64]
const HOST_ORDER: readonly Field<unknown>[] = [u16, u32, s32, u64, bigU64]

interface BtfType {
  kind: number
  name: string
  /** Bytes of a struct or a number, or the type that is meant. */
  sizeOrType: number
  members: { name: string; type: number; offset: number; bitSize: number }[]
}

/** Types that an object or the kernel describes. Doesn't own them. */
export class Btf {
  readonly #btf: Pointer

  constructor(btf: Pointer) {
    this.#btf = btf
  }

  /**
   * Compares a field that was declared here with a type there: sizes, and of a layout every member's name, place, size and byte order.
   * @param what `value of map 'rules'`
   * @throws NicsteerError BTF_MISMATCH that names the member
   */
  check(what: string, field: Field<unknown>, type: number): void {
    this.#check(what, '', field, type)
  }

  /** @throws NicsteerError NO_BTF_TYPE */
  structNamed(name: string): number {
    const id = btfFind(this.#btf, name, STRUCT)
    if (id > 0) return id
    throw new NicsteerError('NO_BTF_TYPE', `the object's BTF has no struct ${name}`, {
      hint: `keep it there with a declaration: const struct ${name} *${name}_type __attribute__((unused));`,
    })
  }

  /** Where a global variable is: the section (`.bss`, which is also its map's name), the bytes before it, its type. */
  variable(name: string): { section: string; offset: number; type: number } | undefined {
    const id = btfFind(this.#btf, name, VAR)
    if (id <= 0) return undefined
    for (const section of ['.rodata', '.data', '.bss']) {
      const at = btfFind(this.#btf, section, DATASEC)
      // A section's records: the variable, its offset, its size; in the places of a member's name, type, offset.
      const found = at > 0 ? this.#records(at).find(([variable]) => variable === id) : undefined
      if (found) return { section, offset: found[1], type: this.#type(id).sizeOrType }
    }
    return undefined
  }

  #check(what: string, path: string, field: Field<unknown>, id: number): void {
    const where = path === '' ? what : `${what}, member '${path}'`
    const { type, name, networkOrder } = this.#resolve(id)
    if (isLayout(field)) {
      if (type.kind !== STRUCT && type.kind !== UNION) {
        throw mismatch(`${where}: declared as a struct, the object has ${name || 'another type'}`)
      }
      this.#checkMembers(what, path, field, type)
    } else if (type.kind === INT && networkOrder && HOST_ORDER.includes(field)) {
      throw mismatch(`${where}: declared in host byte order, the object has ${name}`)
    } else if (type.kind === INT && !networkOrder && NETWORK_ORDER.includes(field)) {
      throw mismatch(`${where}: declared in network byte order, the object has ${name}`)
    }
    const size = btfSize(this.#btf, id)
    if (size !== field.size)
      throw mismatch(`${where}: declared with ${field.size} bytes, the object has ${size} (${name})`)
  }

  #checkMembers(what: string, path: string, field: Layout<unknown>, struct: BtfType): void {
    const at = (member: string) => (path === '' ? member : `${path}.${member}`)
    const declared = new Map(field.members.map((member) => [member.name, member]))
    for (const { name, type, offset, bitSize } of struct.members) {
      const member = declared.get(name)
      declared.delete(name)
      const where = `${what}, member '${at(name || '(without a name)')}'`
      if (bitSize !== 0) throw mismatch(`${where}: is a bit field, which can't be declared`)
      if (member === undefined) throw mismatch(`${where}: is in the object and not declared`)
      if (member.offset !== offset) {
        throw mismatch(`${where}: declared at byte ${member.offset}, the object has it at ${offset}`)
      }
      this.#check(what, at(name), member.field, type)
    }
    const [extra] = declared.keys()
    if (extra !== undefined) throw mismatch(`${what}, member '${at(extra)}': declared and not in the object`)
  }

  /** Without typedefs and qualifiers; the outermost name is kept, since __be32 is only a name. */
  #resolve(id: number): { type: BtfType; name: string; networkOrder: boolean } {
    let type = this.#type(id)
    let name = type.name
    let networkOrder = false
    while (MODIFIERS.includes(type.kind)) {
      if (type.kind === TYPEDEF && /^__be(16|32|64)$/.test(type.name)) networkOrder = true
      type = this.#type(type.sizeOrType)
      name ||= type.name
    }
    return { type, name, networkOrder }
  }

  #type(id: number): BtfType {
    const [head] = this.#read(id, 1)
    const [name, info, sizeOrType] = head ?? [0, 0, 0]
    const kind = (info >>> 24) & 0x1f
    // Bit fields are told by the type's own flag; sizes are in the upper byte of a member's offset then.
    const flagged = info >>> 31 === 1
    const members =
      kind === STRUCT || kind === UNION
        ? this.#records(id).map(([member, type, bits]) => ({
            name: btfName(this.#btf, member),
            type,
            offset: (flagged ? bits & 0xffffff : bits) / 8,
            bitSize: flagged ? bits >>> 24 : 0,
          }))
        : []
    return { kind, name: btfName(this.#btf, name), sizeOrType, members }
  }

  /** What follows a type that has as many records as its info's lower half says. */
  #records(id: number): [number, number, number][] {
    const [head] = this.#read(id, 1)
    const count = (head?.[1] ?? 0) & 0xffff
    return this.#read(id, 1 + count).slice(1)
  }

  #read(id: number, records: number): [number, number, number][] {
    const pointer = btfType(this.#btf, id)
    if (pointer === null) throw new NicsteerError('NO_BTF_TYPE', `there is no BTF type ${id}`)
    const bytes = new Uint8Array(Math.max(records * RECORD, 64))
    copy(bytes, pointer, records * RECORD)
    const view = new DataView(bytes.buffer)
    return Array.from({ length: records }, (_, i) => [
      view.getUint32(i * RECORD, LE),
      view.getUint32(i * RECORD + 4, LE),
      view.getUint32(i * RECORD + 8, LE),
    ])
  }
}

function isLayout(field: Field<unknown>): field is Layout<unknown> {
  return 'members' in field
}

export function mismatch(what: string): NicsteerError {
  return new NicsteerError('BTF_MISMATCH', what, { hint: 'the declaration and the C struct have to be the same' })
}
