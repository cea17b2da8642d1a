// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The quarterly buyback-and-burn
/// @notice Half of the platform's profit buys MZ from whoever sells cheapest and destroys them: eight rounds, at least
/// 90 days apart, each an auction of 72 hours in which the price offered rises from half to one and a half times the
/// anchor. Nothing leaves without MZ being burned for it; what is left when the buyback has ended is the vault's.
/// @dev Prices are smallest units of the currency for one MZ, times 10^9. `currency = address(0)` is ether.
interface IBuyback {
  /// @notice A currency to buy with
  /// @param token 0 for ether
  /// @param minimum below this budget a currency waits for the next round, in its smallest unit
  struct Currency {
    address token;
    uint128 minimum;
  }

  /// @notice The money of one currency in its latest round
  /// @param budget what was offered
  /// @param spent what of it was paid to sellers
  /// @param bought wei of MZ that burned for it
  /// @param anchor the price the auction goes around
  /// @param round which round, counted from 1
  struct Lot {
    uint128 budget;
    uint128 spent;
    uint128 bought;
    uint120 anchor;
    uint8 round;
  }

  /// @notice Emitted when a round began; it ends at `closes`, unix seconds, inclusive
  event RoundOpened(uint256 indexed round, uint256 opened, uint256 closes);

  /// @notice Emitted for each currency offered in a round
  event LotOpened(uint256 indexed round, address indexed currency, uint256 budget, uint256 anchor);

  /// @notice Emitted for a currency that waits for the next round: too little, or no fresh price at its first time
  event LotWaits(uint256 indexed round, address indexed currency, uint256 balance);

  /// @notice Emitted for every purchase: `burned` wei of MZ for `paid` units of the currency
  event Filled(
    uint256 indexed round,
    address indexed currency,
    address indexed seller,
    uint256 burned,
    uint256 paid,
    uint256 price
  );

  /// @notice Emitted when the vault has declared the profit of a period that was made outside the chain
  event ProfitDeclared(
    uint256 indexed number,
    address indexed currency,
    uint256 revenue,
    uint256 cost,
    uint256 added,
    bytes32 report
  );

  /// @notice Emitted when the auditor has published a record
  event Attested(uint256 indexed number, bytes32 record);

  /// @notice Emitted when what was left after the end, or came later, went to the vault
  event Forwarded(address indexed currency, uint256 amount);

  /// @notice Thrown for currencies that make no sense, or one that is not among them
  error BuybackCurrencyInvalid(address currency);
  /// @notice Thrown for an address without code where a contract is needed, or an auditor 0
  error BuybackAddressInvalid(address account);
  /// @notice Thrown for a first price of 0
  error BuybackPriceInvalid();
  /// @notice Thrown before the 90 days are over
  error BuybackTooEarly(uint256 earliest);
  /// @notice Thrown after the eighth round
  error BuybackFinished();
  /// @notice Thrown as long as something can still be bought: see `ended`
  error BuybackNotEnded();
  /// @notice Thrown when nothing of a currency is here after the end
  error BuybackNothingToForward(address currency);
  /// @notice Thrown when no currency has its minimum and a price
  error BuybackNothingToOffer();
  /// @notice Thrown when a currency is not offered now
  error BuybackClosed(address currency);
  /// @notice Thrown after the seller's deadline
  error BuybackExpired(uint256 deadline);
  /// @notice Thrown when all of a lot is spent
  error BuybackSoldOut(address currency);
  /// @notice Thrown for less than a hundredth of the lot that is not its rest
  error BuybackFillTooSmall(uint256 paid, uint256 least);
  /// @notice Thrown when the seller would have less than wanted
  error BuybackBelowMinimum(uint256 paid, uint256 minimum);
  /// @notice Thrown when a seller, or the vault, does not take ether
  error BuybackSendRefused(address to, uint256 amount);
  /// @notice Thrown when a token moved another amount than it was told
  error BuybackTokenOdd(address token, uint256 expected, uint256 moved);
  /// @notice Thrown when somebody else than the vault declares
  error BuybackNotVault(address caller);
  /// @notice Thrown when somebody else than the auditor attests
  error BuybackNotAuditor(address caller);
  /// @notice Thrown for a cost above the revenue
  error BuybackCostAboveRevenue(uint256 revenue, uint256 cost);
  /// @notice Thrown when less than half of the profit is added
  error BuybackAddedTooLittle(uint256 added, uint256 least);
  /// @notice Thrown when the ether sent is not what is added
  error BuybackValueMismatch(uint256 expected, uint256 sent);
  /// @notice Thrown for a hash of 0
  error BuybackHashZero();

  /// @notice Opens the next round with all there is; anyone may call
  function open() external returns (uint256 round);

  /// @notice Sells MZ, which the caller has approved for the Buyback, at the present price
  /// @param currency what the caller wants for them
  /// @param amount wei of MZ; if they are worth more than the rest of the lot, only as many as the rest costs are taken
  /// @param minimum the least the caller wants, in the currency's smallest unit
  /// @param deadline unix seconds after which the caller does not want to sell any more
  /// @return paid what the caller received
  /// @return burned wei of MZ taken for it
  function fill(
    address currency,
    uint256 amount,
    uint256 minimum,
    uint256 deadline
  ) external returns (uint256 paid, uint256 burned);

  /// @notice After the end, sends all there is of a currency, listed or not, to the vault; anyone may call
  function forward(address currency) external returns (uint256 amount);

  /// @notice The vault says what a period outside the chain earned and adds at least half of the profit
  /// @param added in the currency's smallest unit; the vault approves it, or sends it as ether
  /// @param report hash of the report behind it
  function declare(address currency, uint256 revenue, uint256 cost, uint256 added, bytes32 report) external payable;

  /// @notice The auditor publishes the hash of the half-yearly record
  function attest(bytes32 record) external;

  /// @notice What is late: a round that anyone could open, the vault's report, the auditor's record
  function overdue() external view returns (bool round, bool report, bool record);

  /// @notice The price offered now, in units of the currency for one MZ times 10^9; refuses when it is not offered
  function priceOf(address currency) external view returns (uint256);

  /// @notice The latest lot of a currency
  function lotOf(address currency) external view returns (Lot memory);

  /// @notice The latest round (0: none yet), when it opened, and when the next one may be opened
  function latestRound() external view returns (uint256 round, uint256 opened, uint256 nextOpening);

  /// @notice Whether nothing will be bought any more: the auction of the eighth round is over, or no MZ exist
  function ended() external view returns (bool);

  /// @notice The currencies, at most four
  function currencies() external view returns (Currency[] memory);
}
