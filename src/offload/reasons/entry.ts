/** One reason for which a rule is not in hardware, or is not trusted to be. */
export interface Entry {
  /** Stable: scripts may rely on it. What an operator would act on differently has a code of its own. */
  readonly code: string
  /**
   * The kernel's texts, or Open vSwitch's, as their sources have them, without the prefix that says who speaks (`mlx5_core: `); a printf
   * form stands for whatever is written there. Missing where nothing is said.
   */
  readonly texts?: readonly string[]
  readonly meaning: string
  /** Without a full stop. */
  readonly todo: string
  /** Which kernel, firmware or capability makes it go away. */
  readonly changes?: string
  /** Where in the kernel ({@link KERNEL}), or in Open vSwitch, that comes from; missing where nicsteer itself finds it. */
  readonly sources?: readonly Source[]
  /** Only ever seen in the lab: no source of a real driver says so. */
  readonly emulated?: true
}

export interface Source {
  /** Missing: {@link KERNEL}. */
  readonly project?: typeof OPEN_VSWITCH
  /** In its tree. */
  readonly file: string
  readonly function: string
}

/** Whose source was read. */
export const KERNEL = 'Linux 6.12'
export const OPEN_VSWITCH = 'Open vSwitch 3.5'

const MLX5 = 'drivers/net/ethernet/mellanox/mlx5/core'

/** Functions of one file of the mlx5 driver. */
export function mlx5(file: string, ...functions: readonly string[]): Source[] {
  return kernel(`${MLX5}/${file}`, ...functions)
}

/** Functions of one file of the kernel. */
export function kernel(file: string, ...functions: readonly string[]): Source[] {
  return functions.map((name) => ({ file, function: name }))
}

/** Functions of one file of Open vSwitch. */
export function ovs(file: string, ...functions: readonly string[]): Source[] {
  return functions.map((name) => ({ project: OPEN_VSWITCH, file, function: name }))
}
