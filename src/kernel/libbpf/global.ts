import { NicsteerError } from '../../base/errors.js'
import type { Btf } from './btf.js'
import { copy, type Pointer } from './calls.js'
import type { Field } from './layout.js'
import type { Sections } from './section.js'

/** What the variables of an object depend on. */
export interface Owner {
  readonly sections: Sections
  loaded(): boolean
}

/** A global variable of a program: C's `const volatile` (.rodata), with a value (.data), or zero in the beginning (.bss). */
export class Global<T> {
  readonly name: string
  readonly #owner: Owner
  readonly #section: string
  readonly #offset: number
  readonly #field: Field<T>

  constructor(owner: Owner, name: string, btf: Btf, field: Field<T>) {
    const found = btf.variable(name)
    if (found === undefined) {
      throw new NicsteerError('NO_VARIABLE', `the object has no global variable '${name}'`)
    }
    btf.check(`variable '${name}'`, field, found.type)
    this.name = name
    this.#owner = owner
    this.#section = found.section
    this.#offset = found.offset
    this.#field = field
  }

  /** What a program that runs writes is there at once: the memory is shared. */
  get(): T {
    const bytes = new Uint8Array(Math.max(this.#field.size, 64))
    copy(bytes, this.#address(), this.#field.size)
    return this.#field.get(new DataView(bytes.buffer), 0)
  }

  /** @throws NicsteerError CONSTANT for `const volatile` of an object that is loaded: the verifier has reckoned with its value */
  set(value: T): void {
    if (this.#section === '.rodata' && this.#owner.loaded()) {
      throw new NicsteerError('CONSTANT', `variable '${this.name}' is constant once the object is loaded`)
    }
    const bytes = new Uint8Array(Math.max(this.#field.size, 64))
    this.#field.set(new DataView(bytes.buffer), 0, value)
    copy(this.#address(), bytes, this.#field.size)
  }

  #address(): Pointer {
    const { sections, loaded } = this.#owner
    return sections.addressOf(this.#section, this.#offset, loaded())
  }
}
