/** One form of file that is damaged and read, again and again. */
export interface MutationForm {
  /** Sound files. */
  files: readonly Buffer[]
  /** A damaged copy of one of them; the same for the same random numbers. */
  mutate(file: Buffer, random: () => number): Buffer
  /**
   * Reads a file in full, whatever state it is in. Throws an error that is none of a user's where the reading takes what it
   * must not.
   *
   * @param bytes a file that is damaged or not
   * @param random further choices of this case, such as the chunks in which the bytes come
   */
  read(bytes: Buffer, random: () => number): Promise<void>
}
