// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IEcosystemToken} from "./IEcosystemToken.sol";

/// @title What is frozen, and the projects it was released to
/// @dev The vault is the token's own balance: nobody holds its key, and only `release` moves it.
abstract contract ExpansionVault is IEcosystemToken, ERC20 {
  /// @dev `ends`: of a proposal the first second to release it, afterwards the second its pledge is due.
  struct Project {
    address wallet;
    uint96 amount;
    uint96 pledge;
    uint128 returned;
    uint48 ends;
    uint32 term;
    State state;
  }

  uint256 internal constant _BPS = 10_000;
  uint256 private constant _WINDOW = 90 days;

  /// @inheritdoc IEcosystemToken
  address public immutable decider;
  uint256 private immutable _NOTICE;
  uint256 private immutable _MOST_BPS;

  /// @inheritdoc IEcosystemToken
  uint256 public projects;
  mapping(uint256 number => Project) internal _projects;
  /// @dev The newest project whose tokens a wallet received.
  mapping(address wallet => uint256 number) private _newest;

  constructor(address decider_, uint256 notice, uint256 mostBps) {
    bool sound = decider_ != address(0) && notice >= 1 days && mostBps != 0 && mostBps <= _BPS;
    require(sound, EcosystemTermsInvalid());
    (decider, _NOTICE, _MOST_BPS) = (decider_, notice, mostBps);
  }

  /// @inheritdoc IEcosystemToken
  function propose(
    address wallet,
    uint96 amount,
    uint16 pledgeBps,
    uint32 term,
    bytes32 text
  ) external returns (uint256 number) {
    _only(decider);
    bool sound = wallet != address(0) && wallet != address(this) && amount != 0 && pledgeBps <= _BPS;
    require(sound, EcosystemProjectInvalid());
    _checkSize(amount);

    number = ++projects;
    uint96 pledge = uint96((uint256(amount) * pledgeBps) / _BPS);
    Project storage fresh = _projects[number];
    (fresh.wallet, fresh.amount, fresh.pledge, fresh.term) = (wallet, amount, pledge, term);
    fresh.state = State.Proposed;
    _projects[number].ends = uint48(block.timestamp + _NOTICE);
    emit Proposed(number, wallet, amount, pledge, block.timestamp + _NOTICE, text);
  }

  /// @inheritdoc IEcosystemToken
  function cancel(uint256 number) external {
    _only(decider);
    _in(number, State.Proposed);

    _projects[number].state = State.Cancelled;
    emit Cancelled(number);
  }

  /// @inheritdoc IEcosystemToken
  function release(uint256 number) external {
    Project memory project = _in(number, State.Proposed);
    require(block.timestamp >= project.ends, EcosystemOver(project.ends));
    require(block.timestamp <= project.ends + _WINDOW, EcosystemOver(project.ends + _WINDOW));
    uint256 before = _newest[project.wallet];
    require(!_isPledged(before), EcosystemPledgeOpen(before));
    // Looked at again: other releases may have come first.
    _checkSize(project.amount);

    uint256 due = block.timestamp + project.term;
    _projects[number].state = State.Released;
    _projects[number].ends = uint48(due);
    _newest[project.wallet] = number;
    emit Released(number, project.amount, due);
    _transfer(address(this), project.wallet, project.amount);
  }

  /// @inheritdoc IEcosystemToken
  function refill(uint256 number, uint256 amount) external {
    _in(number, State.Released);
    _refill(number, amount);
  }

  /// @inheritdoc IEcosystemToken
  function vault() external view returns (uint256 frozen, uint256 most) {
    return (balanceOf(address(this)), _most());
  }

  /// @inheritdoc IEcosystemToken
  function standing(
    uint256 number
  ) external view returns (State state, address wallet, uint256 amount, uint256 pledge, uint256 returned) {
    Project memory project = _projects[number];
    return (project.state, project.wallet, project.amount, project.pledge, project.returned);
  }

  /// @inheritdoc IEcosystemToken
  function endsOf(uint256 number) external view returns (uint256) {
    return _projects[number].ends;
  }

  /// @inheritdoc IEcosystemToken
  function lapsesAt(uint256 number) external view returns (uint256) {
    return _projects[number].ends + _WINDOW;
  }

  /// @inheritdoc IEcosystemToken
  function isState(uint256 number, State wanted) external view returns (bool) {
    return _projects[number].state == wanted;
  }

  /// @inheritdoc IEcosystemToken
  function isReleasable(uint256 number) external view returns (bool) {
    Project memory project = _projects[number];
    if (project.state != State.Proposed) return false;
    return block.timestamp >= project.ends && block.timestamp <= project.ends + _WINDOW;
  }

  /// @inheritdoc IEcosystemToken
  function isPledged(uint256 number) external view returns (bool) {
    return _isPledged(number);
  }

  /// @inheritdoc IEcosystemToken
  function walletOf(uint256 number) external view returns (address) {
    return _projects[number].wallet;
  }

  /// @inheritdoc IEcosystemToken
  function token() external view returns (address) {
    return address(this);
  }

  function _refill(uint256 number, uint256 amount) internal {
    // Each time at most the supply, which has 96 bits.
    uint128 returned = _projects[number].returned + uint128(amount);
    _projects[number].returned = returned;
    emit Refilled(number, msg.sender, amount, returned);
    _transfer(msg.sender, address(this), amount);
  }

  function _only(address allowed) internal view {
    require(msg.sender == allowed, EcosystemNotAllowed(allowed, msg.sender));
  }

  function _in(uint256 number, State wanted) internal view returns (Project memory project) {
    project = _projects[number];
    require(project.state == wanted, EcosystemStateWrong(project.state));
  }

  function _isPledged(uint256 number) private view returns (bool) {
    return _projects[number].state == State.Released && _projects[number].returned < _projects[number].pledge;
  }

  function _checkSize(uint256 amount) private view {
    uint256 most = _most();
    require(amount <= most, EcosystemReleaseTooLarge(most, amount));
  }

  function _most() private view returns (uint256) {
    return (balanceOf(address(this)) * _MOST_BPS) / _BPS;
  }
}
