/** JSON-RPC against the node that served this page. */

export interface Block {
  number: string;
  hash: string;
  timestamp: string;
  gasUsed: string;
  transactions: string[];
}

let serial = 0;

/** One call; throws an Error that says what the node said. */
export async function rpc<T>(method: string, params: unknown[] = []): Promise<T> {
  const answer = await fetch("/", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: ++serial, method, params }),
  });
  if (!answer.ok) throw new Error(`the node answered HTTP ${answer.status}`);
  const body = (await answer.json()) as { result: T; error?: { message: string } };
  if (body.error) throw new Error(body.error.message);
  return body.result;
}

/** `totalSupply()` of an ERC-20, in its smallest unit. */
export async function totalSupply(token: string, block: string): Promise<bigint> {
  return BigInt(await rpc<string>("eth_call", [{ to: token, data: "0x18160ddd" }, block]));
}
