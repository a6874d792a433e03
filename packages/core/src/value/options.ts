/** How a value is written; all as in libbpf's struct btf_dump_type_data_opts. */
export interface ValueOptions {
  /** No line breaks and no indentation. */
  readonly compact?: boolean | undefined;
  /** No names of members and types. */
  readonly skipNames?: boolean | undefined;
  /** Members that are zero as well. */
  readonly emitZeroes?: boolean | undefined;
  /** Arrays of characters that end in NUL as strings. */
  readonly emitStrings?: boolean | undefined;
  /** How often each line is indented at least, 0 to 255. */
  readonly indentLevel?: number | undefined;
  /** What a line is indented with, a tab unless said; of more than 31 bytes the first 31. */
  readonly indent?: string | undefined;
}
