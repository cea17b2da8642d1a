// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A star's own coin
/// @notice An ERC-20 without decimals whose supply never grows. The star gives coins away; whoever supports the star
/// through the Till, `payAndCall(MZ, gross, this, ref, "")`, receives some of those set aside; coins are redeemed for
/// goods, and come back if the goods do not.
/// @dev Amounts of MZ are in wei, coins are whole, times in seconds since 1970, shares in basis points. Goods and
/// redemptions are numbered from 1.
interface IStarCoin {
  /// @notice What a redemption is waiting for. Waiting: the goods. Delivered and Returned are for good.
  enum State {
    None,
    Waiting,
    Delivered,
    Returned
  }

  /// @notice All coins there will ever be were made; `thanks` of them wait for supporters.
  event Opened(address indexed star, uint256 supply, uint256 thanks);
  /// @notice Somebody supported the star and received coins.
  event Supported(address indexed fan, bytes32 indexed ref, uint256 gross, uint256 coins);
  /// @notice Goods are offered, or offered otherwise; redemptions already made are not touched.
  event Offered(uint256 indexed item, uint256 edition, uint256 price, uint256 stock, bytes32 text);
  /// @notice A fan put coins in for goods, which are due until `until`; `note` is for the star.
  event Redeemed(
    uint256 indexed redemption,
    address indexed fan,
    uint256 indexed item,
    uint256 coins,
    uint256 until,
    bytes32 note
  );
  /// @notice The star says that the goods were delivered; the coins are destroyed.
  event Delivered(uint256 indexed redemption, bytes32 proof);
  /// @notice The coins are the fan's again.
  event Returned(uint256 indexed redemption);

  /// @notice Payments are announced by the Till, and by nobody else.
  error CoinCallerNotTill(address caller);
  /// @notice This is the code behind the instances and no coin itself.
  error CoinBareImplementation();
  /// @notice Stars are supported with MZ.
  error CoinTokenRefused(address token);
  /// @notice Support is given at once; deposits are not taken.
  error CoinTakesNoDeposit();
  /// @notice The terms make no coin: star or supply 0, more than 100 % set aside, less than a day to deliver, or it was
  /// opened before.
  error CoinTermsInvalid();
  /// @notice Only this account may do this.
  error CoinNotAllowed(address allowed, address caller);
  /// @notice Coins are not sent to the coin itself: redeem them.
  error CoinReceiverRefused(address receiver);
  /// @notice The support is worth no coin, or more than are set aside still.
  error CoinSupportRefused(uint256 thanks, uint256 coins);
  /// @notice A list of receivers and one of amounts, as long as each other and at most 100 long.
  error CoinListsInvalid(uint256 receivers, uint256 amounts);
  /// @notice There are no such goods, or not for nothing.
  error CoinItemUnknown(uint256 item);
  /// @notice The star has offered the goods anew since the fan looked.
  error CoinEditionOver(uint256 edition, uint256 given);
  /// @notice None are left.
  error CoinSoldOut(uint256 item);
  /// @notice The redemption is waiting for nothing any more.
  error CoinStateWrong(State state);
  /// @notice It is too late, or too early, for this: `limit` is the last second to deliver.
  error CoinOver(uint256 limit);

  /// @notice Makes all coins; the registry calls it when the coin is made.
  function open() external;

  /// @notice Gives coins of the caller to many at once.
  function give(address[] calldata fans, uint256[] calldata amounts) external;

  /// @notice The star offers goods: new ones for `item` 0, otherwise those anew, for later redemptions.
  function offer(uint32 item, uint96 price, uint32 stock, bytes32 text) external returns (uint256 number);

  /// @notice Puts the caller's coins in for goods as they were seen.
  function redeem(uint32 item, uint32 edition, bytes32 note) external returns (uint256 number);

  /// @notice The star has delivered.
  function deliver(uint256 number, bytes32 proof) external;

  /// @notice The star at any time, and anyone once it is overdue, gives the coins back.
  function giveBack(uint256 number) external;

  /// @notice Sends the star MZ that came here by other ways. Anyone may call.
  function collect() external returns (uint256 amount);

  /// @notice Coins for support, rounded down.
  function coinsFor(uint256 gross) external view returns (uint256);

  /// @notice Coins set aside for supporters still, and coins in redemptions that wait.
  function kept() external view returns (uint256 thanks, uint256 waiting);

  /// @notice Goods: their price in coins, and how many there are.
  function goods(uint256 item) external view returns (uint256 price, uint256 stock);

  /// @notice How often goods were offered; a redemption names it, so that nobody redeems for what they did not see.
  function editionOf(uint256 item) external view returns (uint32);

  /// @notice A redemption: who put how many coins in for what.
  function redemptionOf(
    uint256 number
  ) external view returns (State state, address fan, uint256 item, uint256 coins, uint256 until);

  /// @notice Whether a redemption is in this state.
  function isState(uint256 number, State wanted) external view returns (bool);

  /// @notice Whether anyone may give a redemption's coins back.
  function isOverdue(uint256 number) external view returns (bool);

  /// @notice The last second to deliver.
  function endsOf(uint256 number) external view returns (uint256);

  /// @notice How many goods and redemptions there are.
  function counts() external view returns (uint256 items, uint256 redemptions);

  /// @notice The rules: coins for one MZ of support, and the time to deliver.
  function terms() external view returns (uint256 rate, uint256 term);

  /// @notice Whose coin it is.
  function star() external view returns (address);

  /// @notice The SHA-256 digest in the content address of the star's own words.
  function text() external view returns (bytes32);
}
