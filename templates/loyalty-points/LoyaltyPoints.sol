// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IRetirable} from "contracts/registry/IRetirable.sol";
import {ITemplates} from "contracts/registry/ITemplates.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {ILoyaltyPoints} from "./ILoyaltyPoints.sol";
import {Points} from "./Points.sol";

/// @title Loyalty points
/// @notice One programme: points for payments and awards, rewards for points, and a term for each reward.
/// @dev A clone: its arguments are in its code. Points given for a reward are burned, and made again if it is not
/// given. No MZ stays here.
contract LoyaltyPoints is Points, IInstance, IRetirable {
  using SafeERC20 for IERC20;

  struct Reward {
    uint96 price;
    uint32 stock;
    uint32 edition;
  }

  struct Claim {
    address member;
    uint96 points;
    uint32 reward;
    uint48 until;
    State state;
  }

  uint256 private constant _ONE_MZ = 1e18;

  address private immutable _TILL;
  IERC20 private immutable _MZ;
  ITemplates private immutable _TEMPLATES;

  uint32 private _rewardCount;
  uint32 private _claimCount;
  uint32 private _waitingCount;
  bool private _ended;
  mapping(uint256 number => Reward) private _rewards;
  mapping(uint256 number => Claim) private _claims;
  mapping(address issuer => uint128 points) private _budgets;

  constructor(address till, IERC20 mz, ITemplates templates) {
    _TILL = till;
    _MZ = mz;
    _TEMPLATES = templates;
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
    Arguments memory given = _arguments();
    require(msg.sender == _TILL, PointsCallerNotTill(msg.sender));
    require(token == address(_MZ), PointsTokenRefused(token));
    _checkOpen();
    require(given.owner != address(0) && given.term >= 1 days, PointsTermsInvalid());

    uint256 points = pointsFor(gross);
    _mint(payer, points);
    emit Earned(payer, ref, gross, points);
    _MZ.safeTransfer(given.owner, net);
    return IInstance.onPayment.selector;
  }

  /// @inheritdoc IInstance
  function onHold(address, address, uint256, bytes32, bytes calldata) external pure returns (bytes4, uint256) {
    revert PointsTakeNoDeposit();
  }

  /// @inheritdoc ILoyaltyPoints
  function award(address member, uint128 points, bytes32 note) external {
    _checkOpen();
    if (msg.sender != owner()) {
      uint128 budget = _budgets[msg.sender];
      require(budget >= points, PointsBudgetTooSmall(budget, points));
      _budgets[msg.sender] = budget - points;
    }
    _mint(member, points);
    emit Awarded(msg.sender, member, points, note);
  }

  /// @inheritdoc ILoyaltyPoints
  function setBudget(address issuer, uint128 points) external {
    _only(owner());
    _budgets[issuer] = points;
    emit BudgetSet(issuer, points);
  }

  /// @inheritdoc ILoyaltyPoints
  function offer(uint32 reward, uint96 price, uint32 stock, bytes32 text_) external returns (uint256 number) {
    Arguments memory given = _arguments();
    _only(given.owner);
    _checkOpen();
    require(given.term >= 1 days, PointsTermsInvalid());
    require(reward <= _rewardCount && price != 0, PointsRewardUnknown(reward));

    number = reward == 0 ? ++_rewardCount : reward;
    Reward storage offered = _rewards[number];
    (offered.price, offered.stock, offered.edition) = (price, stock, offered.edition + 1);
    emit Offered(number, offered.edition, price, stock, text_);
  }

  /// @inheritdoc ILoyaltyPoints
  function claim(uint32 reward, uint32 edition) external returns (uint256 number) {
    Reward memory found = _rewards[reward];
    _checkOpen();
    require(found.price != 0, PointsRewardUnknown(reward));
    require(edition == found.edition, PointsEditionOver(found.edition, edition));
    require(found.stock != 0, PointsSoldOut(reward));

    _rewards[reward].stock = found.stock - 1;
    number = ++_claimCount;
    ++_waitingCount;
    Claim storage fresh = _claims[number];
    (fresh.member, fresh.points, fresh.reward, fresh.state) = (msg.sender, found.price, reward, State.Waiting);
    uint256 until = block.timestamp + _arguments().term;
    _claims[number].until = uint48(until);
    _burn(msg.sender, found.price);
    emit Claimed(number, msg.sender, reward, found.price, until);
  }

  /// @inheritdoc ILoyaltyPoints
  function give(uint256 number, bytes32 proof) external {
    _only(owner());
    Claim memory found = _waiting(number);
    require(block.timestamp <= found.until, PointsOver(found.until));

    _claims[number].state = State.Given;
    --_waitingCount;
    emit Given(number, proof);
  }

  /// @inheritdoc ILoyaltyPoints
  function giveBack(uint256 number) external {
    Claim memory found = _waiting(number);
    require(block.timestamp > found.until || msg.sender == owner(), PointsOver(found.until));

    _claims[number].state = State.Returned;
    --_waitingCount;
    _mint(found.member, found.points);
    emit Returned(number);
  }

  /// @inheritdoc IRetirable
  function onRetire() external returns (bytes4) {
    bool asked = msg.sender == address(_TEMPLATES) && _TEMPLATES.makerOf(address(this)) == address(0);
    require(asked, PointsCallerNotRegistry(msg.sender));
    address keeper = _TEMPLATES.ownerOf(address(this));
    require(keeper == owner(), PointsNotAllowed(owner(), keeper));
    require(_waitingCount == 0, PointsClaimsWait(_waitingCount));

    _ended = true;
    collect(_MZ);
    return IRetirable.onRetire.selector;
  }

  /// @inheritdoc ILoyaltyPoints
  function rewards(uint256 reward) external view returns (uint256 price, uint256 stock) {
    return (_rewards[reward].price, _rewards[reward].stock);
  }

  /// @inheritdoc ILoyaltyPoints
  function editionOf(uint256 reward) external view returns (uint32) {
    return _rewards[reward].edition;
  }

  /// @inheritdoc ILoyaltyPoints
  function claimOf(
    uint256 number
  ) external view returns (State state, address member, uint256 reward, uint256 points, uint256 until) {
    Claim memory found = _claims[number];
    return (found.state, found.member, found.reward, found.points, found.until);
  }

  /// @inheritdoc ILoyaltyPoints
  function isState(uint256 number, State wanted) external view returns (bool) {
    return _claims[number].state == wanted;
  }

  /// @inheritdoc ILoyaltyPoints
  function isOverdue(uint256 number) external view returns (bool) {
    if (_claims[number].state != State.Waiting) return false;
    return block.timestamp > _claims[number].until;
  }

  /// @inheritdoc ILoyaltyPoints
  function endsOf(uint256 number) external view returns (uint256) {
    return _claims[number].until;
  }

  /// @inheritdoc ILoyaltyPoints
  function budgetOf(address issuer) external view returns (uint256) {
    return _budgets[issuer];
  }

  /// @inheritdoc ILoyaltyPoints
  function isIssuer(address account) external view returns (bool) {
    return account == owner() || _budgets[account] != 0;
  }

  /// @inheritdoc ILoyaltyPoints
  function counts() external view returns (uint256 rewardCount, uint256 claimCount) {
    return (_rewardCount, _claimCount);
  }

  /// @inheritdoc ILoyaltyPoints
  function isOpen() external view returns (bool) {
    return !_ended;
  }

  /// @inheritdoc ILoyaltyPoints
  function collect(IERC20 token) public returns (uint256 amount) {
    amount = token.balanceOf(address(this));
    token.safeTransfer(owner(), amount);
  }

  /// @inheritdoc ILoyaltyPoints
  function pointsFor(uint256 gross) public view returns (uint256) {
    return (gross * _arguments().rate) / _ONE_MZ;
  }

  function _checkOpen() private view {
    require(!_ended, PointsEnded());
  }

  function _only(address allowed) private view {
    require(msg.sender == allowed, PointsNotAllowed(allowed, msg.sender));
  }

  function _waiting(uint256 number) private view returns (Claim memory found) {
    found = _claims[number];
    require(found.state == State.Waiting, PointsStateWrong(found.state));
  }
}
