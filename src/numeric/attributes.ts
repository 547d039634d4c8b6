/** JSON values, nothing else: an attribute that cannot be printed cannot be in a Network or a Program. */
export type Attribute = number | string | boolean | readonly number[];
export type Attributes = { readonly [name: string]: Attribute };
