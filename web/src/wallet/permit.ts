/** A signed allowance of MZ for exactly one amount (EIP-2612): no standing approval remains behind. */

import { parseSignature } from "viem";
import { MZ } from "../net/abi";
import { read } from "../net/contract";
import { chain } from "../net/node";
import type { Account, TypedData } from "./account";

export const LASTS = 20 * 60; // seconds

export interface Permit {
  value: bigint;
  deadline: bigint;
  v: number;
  r: `0x${string}`;
  s: `0x${string}`;
}

export async function permitData(owner: string, token: string, spender: string, value: bigint): Promise<TypedData> {
  const [name, nonce] = await Promise.all([read(token, MZ, "name"), read(token, MZ, "nonces", [owner])]);
  const now = Math.max(chain.head?.timestamp ?? 0, Math.floor(Date.now() / 1000));
  return {
    domain: { name, version: "1", chainId: chain.chainId, verifyingContract: token },
    types: {
      EIP712Domain: [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
        { name: "chainId", type: "uint256" },
        { name: "verifyingContract", type: "address" },
      ],
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    message: { owner, spender, value, nonce, deadline: BigInt(now + LASTS) },
  };
}

export async function signPermit(account: Account, data: TypedData): Promise<Permit> {
  return splitPermit(data, await account.signTyped(data));
}

/** A signature of `permitData` in the parts that a contract takes. */
export function splitPermit(data: TypedData, signed: `0x${string}`): Permit {
  const signature = parseSignature(signed);
  return {
    value: data.message["value"] as bigint,
    deadline: data.message["deadline"] as bigint,
    v: Number(signature.v ?? BigInt(signature.yParity + 27)),
    r: signature.r,
    s: signature.s,
  };
}
