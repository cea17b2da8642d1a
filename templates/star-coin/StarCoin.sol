// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {IStarCoin} from "./IStarCoin.sol";

/// @title Star coin
/// @notice One star's coin: given away, received for support, redeemed for goods.
/// @dev A clone: its arguments are in its code. Of its own coins it holds those set aside and those that wait, never
/// others. No MZ stays here.
contract StarCoin is IStarCoin, IInstance, ERC20 {
  using SafeERC20 for IERC20;

  struct Arguments {
    address star;
    string name;
    string symbol;
    uint96 supply;
    uint64 rate;
    uint16 thanksBps;
    uint32 term;
    bytes32 text;
  }

  struct Item {
    uint96 price;
    uint32 stock;
    uint32 edition;
  }

  struct Redemption {
    address fan;
    uint96 coins;
    uint32 item;
    uint48 until;
    State state;
  }

  uint256 private constant _BPS = 10_000;
  uint256 private constant _ONE_MZ = 1e18;
  uint256 private constant _MOST_FANS = 100;

  address private immutable _TILL;
  IERC20 private immutable _MZ;
  address private immutable _IMPLEMENTATION = address(this);

  bool private _opened;
  uint32 private _itemCount;
  uint32 private _redemptionCount;
  uint96 private _waiting;
  mapping(uint256 number => Item) private _items;
  mapping(uint256 number => Redemption) private _redemptions;

  constructor(address till, IERC20 mz) ERC20("", "") {
    _TILL = till;
    _MZ = mz;
  }

  /// @inheritdoc IStarCoin
  function open() external {
    Arguments memory given = _arguments();
    bool whole = given.star != address(0) && given.supply != 0 && given.thanksBps <= _BPS;
    require(whole && given.term >= 1 days && !_opened, CoinTermsInvalid());

    _opened = true;
    uint256 thanks = (uint256(given.supply) * given.thanksBps) / _BPS;
    super._update(address(0), address(this), thanks);
    super._update(address(0), given.star, given.supply - thanks);
    emit Opened(given.star, given.supply, thanks);
  }

  /// @inheritdoc IInstance
  function onPayment(
    address payer,
    address token,
    uint256 gross,
    uint256 net,
    bytes32 ref,
    bytes calldata
  ) external returns (bytes4) {
    address to = star();
    require(msg.sender == _TILL, CoinCallerNotTill(msg.sender));
    require(token == address(_MZ), CoinTokenRefused(token));
    uint256 coins = coinsFor(gross);
    uint256 thanks = _thanks();
    require(coins != 0 && coins <= thanks, CoinSupportRefused(thanks, coins));

    _transfer(address(this), payer, coins);
    emit Supported(payer, ref, gross, coins);
    _MZ.safeTransfer(to, net);
    return IInstance.onPayment.selector;
  }

  /// @inheritdoc IInstance
  function onHold(address, address, uint256, bytes32, bytes calldata) external pure returns (bytes4, uint256) {
    revert CoinTakesNoDeposit();
  }

  /// @inheritdoc IStarCoin
  function give(address[] calldata fans, uint256[] calldata amounts) external {
    bool paired = fans.length == amounts.length && fans.length <= _MOST_FANS;
    require(paired, CoinListsInvalid(fans.length, amounts.length));
    for (uint256 i; i < fans.length; ++i) _transfer(msg.sender, fans[i], amounts[i]);
  }

  /// @inheritdoc IStarCoin
  function offer(uint32 item, uint96 price, uint32 stock, bytes32 text_) external returns (uint256 number) {
    _only(star());
    require(item <= _itemCount && price != 0, CoinItemUnknown(item));

    number = item == 0 ? ++_itemCount : item;
    Item storage offered = _items[number];
    (offered.price, offered.stock, offered.edition) = (price, stock, offered.edition + 1);
    emit Offered(number, offered.edition, price, stock, text_);
  }

  /// @inheritdoc IStarCoin
  function redeem(uint32 item, uint32 edition, bytes32 note) external returns (uint256 number) {
    Item memory found = _items[item];
    require(found.price != 0, CoinItemUnknown(item));
    require(edition == found.edition, CoinEditionOver(found.edition, edition));
    require(found.stock != 0, CoinSoldOut(item));

    _items[item].stock = found.stock - 1;
    _waiting += found.price;
    number = ++_redemptionCount;
    Redemption storage fresh = _redemptions[number];
    (fresh.fan, fresh.coins, fresh.item, fresh.state) = (msg.sender, found.price, item, State.Waiting);
    uint256 until = block.timestamp + _arguments().term;
    _redemptions[number].until = uint48(until);
    // The only way for coins to come here.
    super._update(msg.sender, address(this), found.price);
    emit Redeemed(number, msg.sender, item, found.price, until, note);
  }

  /// @inheritdoc IStarCoin
  function deliver(uint256 number, bytes32 proof) external {
    _only(star());
    Redemption memory found = _pending(number);
    require(block.timestamp <= found.until, CoinOver(found.until));

    _redemptions[number].state = State.Delivered;
    _waiting -= found.coins;
    _burn(address(this), found.coins);
    emit Delivered(number, proof);
  }

  /// @inheritdoc IStarCoin
  function giveBack(uint256 number) external {
    Redemption memory found = _pending(number);
    require(block.timestamp > found.until || msg.sender == star(), CoinOver(found.until));

    _redemptions[number].state = State.Returned;
    _waiting -= found.coins;
    _transfer(address(this), found.fan, found.coins);
    emit Returned(number);
  }

  /// @inheritdoc IStarCoin
  function collect() external returns (uint256 amount) {
    amount = _MZ.balanceOf(address(this));
    _MZ.safeTransfer(star(), amount);
  }

  /// @inheritdoc IStarCoin
  function kept() external view returns (uint256 thanks, uint256 waiting) {
    return (_thanks(), _waiting);
  }

  /// @inheritdoc IStarCoin
  function goods(uint256 item) external view returns (uint256 price, uint256 stock) {
    return (_items[item].price, _items[item].stock);
  }

  /// @inheritdoc IStarCoin
  function editionOf(uint256 item) external view returns (uint32) {
    return _items[item].edition;
  }

  /// @inheritdoc IStarCoin
  function redemptionOf(
    uint256 number
  ) external view returns (State state, address fan, uint256 item, uint256 coins, uint256 until) {
    Redemption memory found = _redemptions[number];
    return (found.state, found.fan, found.item, found.coins, found.until);
  }

  /// @inheritdoc IStarCoin
  function isState(uint256 number, State wanted) external view returns (bool) {
    return _redemptions[number].state == wanted;
  }

  /// @inheritdoc IStarCoin
  function isOverdue(uint256 number) external view returns (bool) {
    if (_redemptions[number].state != State.Waiting) return false;
    return block.timestamp > _redemptions[number].until;
  }

  /// @inheritdoc IStarCoin
  function endsOf(uint256 number) external view returns (uint256) {
    return _redemptions[number].until;
  }

  /// @inheritdoc IStarCoin
  function counts() external view returns (uint256 items, uint256 redemptions) {
    return (_itemCount, _redemptionCount);
  }

  /// @inheritdoc IStarCoin
  function terms() external view returns (uint256 rate, uint256 term) {
    return (_arguments().rate, _arguments().term);
  }

  /// @inheritdoc IStarCoin
  function text() external view returns (bytes32) {
    return _arguments().text;
  }

  /// @inheritdoc IStarCoin
  function coinsFor(uint256 gross) public view returns (uint256) {
    return (gross * _arguments().rate) / _ONE_MZ;
  }

  /// @inheritdoc IStarCoin
  function star() public view returns (address) {
    return _arguments().star;
  }

  /// @inheritdoc ERC20
  function name() public view override returns (string memory) {
    return _arguments().name;
  }

  /// @inheritdoc ERC20
  function symbol() public view override returns (string memory) {
    return _arguments().symbol;
  }

  /// @notice Coins are whole.
  function decimals() public pure override returns (uint8) {
    return 0;
  }

  function _update(address from, address to, uint256 value) internal override {
    require(to != address(this), CoinReceiverRefused(to));
    super._update(from, to, value);
  }

  function _only(address allowed) private view {
    require(msg.sender == allowed, CoinNotAllowed(allowed, msg.sender));
  }

  function _pending(uint256 number) private view returns (Redemption memory found) {
    found = _redemptions[number];
    require(found.state == State.Waiting, CoinStateWrong(found.state));
  }

  function _thanks() private view returns (uint256) {
    return balanceOf(address(this)) - _waiting;
  }

  /// @dev The arguments were encoded one by one; a struct with a text has its offset before it.
  function _arguments() private view returns (Arguments memory) {
    require(address(this) != _IMPLEMENTATION, CoinBareImplementation());
    return abi.decode(bytes.concat(bytes32(uint256(32)), Clones.fetchCloneArgs(address(this))), (Arguments));
  }
}
