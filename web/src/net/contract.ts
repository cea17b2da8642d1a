/** Reading contracts: typed calls that travel in one batch with all others of the moment. */

import { decodeFunctionResult, encodeFunctionData, type Abi, type ContractFunctionName, type ContractFunctionReturnType } from "viem";
import { rpc } from "./node";

/** A view's answer at the head; throws RpcProblem when it reverts. */
export async function read<const A extends Abi, F extends ContractFunctionName<A, "view" | "pure">>(
  address: string,
  abi: A,
  name: F,
  args: readonly unknown[] = [],
  from?: string,
): Promise<ContractFunctionReturnType<A, "view" | "pure", F>> {
  const data = encodeFunctionData({ abi: abi as Abi, functionName: name as string, args });
  const answer = await rpc<`0x${string}`>("eth_call", [{ to: address, data, ...(from ? { from } : {}) }, "latest"]);
  return decodeFunctionResult({ abi: abi as Abi, functionName: name as string, data: answer }) as never;
}

/** As `read`, or null where there is no answer: for contracts of strangers. */
export async function ask<const A extends Abi, F extends ContractFunctionName<A, "view" | "pure">>(
  address: string,
  abi: A,
  name: F,
  args: readonly unknown[] = [],
): Promise<ContractFunctionReturnType<A, "view" | "pure", F> | null> {
  try {
    return await read(address, abi, name, args);
  } catch {
    return null;
  }
}
