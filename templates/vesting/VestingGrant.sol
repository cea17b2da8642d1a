// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IVestingGrant} from "./IVestingGrant.sol";

/// @title Vesting
/// @notice OpenZeppelin's VestingWallet with a cliff, steps, and a revoker who can stop it once.
/// @dev A clone: its arguments are in its code and stand in for what VestingWallet keeps in immutables. What is due is
/// computed from all that ever came, so neither the number of releases nor a donation changes what anybody has at last.
contract VestingGrant is IVestingGrant, VestingWallet, Ownable2Step {
  using SafeERC20 for IERC20;

  struct Arguments {
    address beneficiary;
    address revoker;
    address token;
    uint64 start;
    uint64 duration;
    uint64 cliff;
    uint64 period;
  }

  uint256 private constant _LONGEST = 36_525 days;

  address private immutable _IMPLEMENTATION = address(this);

  mapping(address token => uint256 amount) private _returned;
  uint48 private _revokedAt;
  bool private _irrevocable;

  /// @dev The implementation belongs to itself, that is, to nobody.
  constructor() VestingWallet(address(this), 0, 0) {}

  /// @dev Ether for the code behind the instances would be lost.
  receive() external payable override {
    _checkInstance();
  }

  /// @inheritdoc IVestingGrant
  function take() external {
    address currency = _arguments().token;
    if (currency == address(0)) release();
    else release(currency);
  }

  /// @inheritdoc IVestingGrant
  function revoke() external {
    _only(_arguments().revoker);
    require(isRevocable(), GrantNotRevocable());

    _revokedAt = uint48(block.timestamp);
    emit GrantRevoked(block.timestamp);
  }

  /// @inheritdoc IVestingGrant
  function makeIrrevocable() external {
    _only(_arguments().revoker);
    require(isRevocable(), GrantNotRevocable());

    _irrevocable = true;
    emit GrantMadeIrrevocable();
  }

  /// @inheritdoc IVestingGrant
  function giveBackRest() external returns (uint256 amount) {
    return giveBack(_arguments().token);
  }

  /// @inheritdoc IVestingGrant
  function check() external view {
    Arguments memory given = _arguments();
    bool named = given.beneficiary != address(0) && given.beneficiary != given.revoker;
    bool timely = given.duration != 0 && given.duration <= _LONGEST && given.start <= type(uint48).max;
    bool inside = given.cliff <= given.duration && given.period <= given.duration;
    require(named && timely && inside, GrantTermsInvalid());
  }

  /// @inheritdoc IVestingGrant
  function standing() external view returns (uint256 total, uint256 vested, uint256 taken, uint256 due) {
    address currency = _arguments().token;
    bool ether_ = currency == address(0);
    taken = ether_ ? released() : released(currency);
    vested = ether_ ? vestedAmount(uint64(block.timestamp)) : vestedAmount(currency, uint64(block.timestamp));
    return (_total(currency), vested, taken, Math.saturatingSub(vested, taken));
  }

  /// @inheritdoc IVestingGrant
  function schedule() external view returns (uint256 begins, uint256 cliff, uint256 ends, uint256 period) {
    Arguments memory given = _arguments();
    return (given.start, uint256(given.start) + given.cliff, uint256(given.start) + given.duration, given.period);
  }

  /// @inheritdoc IVestingGrant
  function isDue() external view returns (bool) {
    address currency = _arguments().token;
    return (currency == address(0) ? releasable() : releasable(currency)) != 0;
  }

  /// @inheritdoc IVestingGrant
  function isReturnable() external view returns (bool) {
    return returnable(_arguments().token) != 0;
  }

  /// @inheritdoc IVestingGrant
  function isRevoked() external view returns (bool) {
    return _revokedAt != 0;
  }

  /// @inheritdoc IVestingGrant
  function returned(address currency) external view returns (uint256) {
    return _returned[currency];
  }

  /// @inheritdoc IVestingGrant
  function revokedAt() external view returns (uint256) {
    return _revokedAt;
  }

  /// @inheritdoc IVestingGrant
  function revoker() external view returns (address) {
    return _arguments().revoker;
  }

  /// @inheritdoc IVestingGrant
  function token() external view returns (address) {
    return _arguments().token;
  }

  /// @inheritdoc IVestingGrant
  function giveBack(address currency) public returns (uint256 amount) {
    require(_revokedAt != 0, GrantNotRevoked());
    amount = returnable(currency);
    require(amount != 0, GrantNothingDue(currency));

    address to = _arguments().revoker;
    _returned[currency] += amount;
    emit GrantReturned(currency, to, amount);
    if (currency == address(0)) {
      Address.sendValue(payable(to), amount);
    } else {
      uint256 before = IERC20(currency).balanceOf(address(this));
      IERC20(currency).safeTransfer(to, amount);
      _checkMoved(currency, before, amount);
    }
  }

  /// @notice Sends the ether that is due to the beneficiary; only the beneficiary chooses the moment.
  function release() public override {
    _only(owner());
    require(releasable() != 0, GrantNothingDue(address(0)));
    super.release();
  }

  /// @notice Sends what is due in a token to the beneficiary; only the beneficiary chooses the moment.
  function release(address currency) public override {
    _only(owner());
    uint256 amount = releasable(currency);
    require(amount != 0, GrantNothingDue(currency));
    uint256 before = IERC20(currency).balanceOf(address(this));
    super.release(currency);
    _checkMoved(currency, before, amount);
  }

  /// @inheritdoc Ownable2Step
  function transferOwnership(address newOwner) public override(Ownable, Ownable2Step) {
    super.transferOwnership(newOwner);
  }

  /// @notice Refused: what is still due would be lost.
  function renounceOwnership() public pure override {
    revert GrantOwnerNeeded();
  }

  /// @notice The beneficiary.
  function owner() public view override returns (address) {
    address later = super.owner();
    return later != address(0) ? later : _arguments().beneficiary;
  }

  /// @inheritdoc VestingWallet
  function start() public view override returns (uint256) {
    return _arguments().start;
  }

  /// @inheritdoc VestingWallet
  function duration() public view override returns (uint256) {
    return _arguments().duration;
  }

  /// @inheritdoc VestingWallet
  function releasable() public view override returns (uint256) {
    return Math.saturatingSub(vestedAmount(uint64(block.timestamp)), released());
  }

  /// @inheritdoc VestingWallet
  function releasable(address currency) public view override returns (uint256) {
    return Math.saturatingSub(vestedAmount(currency, uint64(block.timestamp)), released(currency));
  }

  /// @inheritdoc VestingWallet
  function vestedAmount(uint64 timestamp) public view override returns (uint256) {
    return _vestingSchedule(_total(address(0)), timestamp);
  }

  /// @inheritdoc VestingWallet
  function vestedAmount(address currency, uint64 timestamp) public view override returns (uint256) {
    return _vestingSchedule(_total(currency), timestamp);
  }

  /// @inheritdoc IVestingGrant
  function returnable(address currency) public view returns (uint256) {
    // 0 is never.
    // slither-disable-next-line incorrect-equality
    if (_revokedAt == 0) return 0;
    uint256 total = _total(currency);
    return Math.saturatingSub(total - _vestingSchedule(total, _revokedAt), _returned[currency]);
  }

  /// @inheritdoc IVestingGrant
  function isRevocable() public view returns (bool) {
    return _arguments().revoker != address(0) && _revokedAt == 0 && !_irrevocable && block.timestamp < end();
  }

  function _transferOwnership(address newOwner) internal override(Ownable, Ownable2Step) {
    super._transferOwnership(newOwner);
  }

  /// @inheritdoc VestingWallet
  function _vestingSchedule(uint256 total, uint64 timestamp) internal view override returns (uint256) {
    Arguments memory given = _arguments();
    if (_revokedAt != 0 && timestamp > _revokedAt) timestamp = _revokedAt;
    if (timestamp < given.start + given.cliff) return 0;
    uint64 elapsed = timestamp - given.start;
    // Nothing is drawn here: the rest of a step is cut off.
    // slither-disable-next-line weak-prng
    if (elapsed < given.duration && given.period > 1) timestamp -= elapsed % given.period;
    return super._vestingSchedule(total, timestamp);
  }

  /// @dev All that ever came.
  function _total(address currency) private view returns (uint256) {
    if (currency == address(0)) return address(this).balance + released() + _returned[currency];
    return IERC20(currency).balanceOf(address(this)) + released(currency) + _returned[currency];
  }

  function _checkMoved(address currency, uint256 before, uint256 amount) private view {
    uint256 moved = before - IERC20(currency).balanceOf(address(this));
    // Exactly what was told: no near miss counts.
    // slither-disable-next-line incorrect-equality
    require(moved == amount, GrantTokenOdd(currency, amount, moved));
  }

  function _only(address allowed) private view {
    require(msg.sender == allowed, GrantNotAllowed(allowed, msg.sender));
  }

  function _checkInstance() private view {
    require(address(this) != _IMPLEMENTATION, GrantBareImplementation());
  }

  function _arguments() private view returns (Arguments memory) {
    _checkInstance();
    return abi.decode(Clones.fetchCloneArgs(address(this)), (Arguments));
  }
}
