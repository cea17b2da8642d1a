// The same chain id, accounts and gas limit as every other chain that is measured (chain/bench/contenders.py).
module.exports = {
  solidity: "0.8.20",
  networks: { hardhat: { chainId: 31337, hardfork: "prague", blockGasLimit: 1_000_000_000 } },
};
