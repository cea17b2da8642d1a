// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IWorks} from "contracts/works/IWorks.sol";
import {ICrowdfunding} from "./ICrowdfunding.sol";

/// @title What a campaign was promised to be, and where it stands
/// @dev Knows time, the arguments and the pot; changes nothing. Nobody withdraws while the campaign raises, so weights
/// stand still from the deadline until it is stopped or done.
abstract contract Campaign is ICrowdfunding {
  struct Arguments {
    address creator;
    uint256 work;
    uint96 goal;
    uint96 least;
    uint48 deadline;
    uint16[] parts;
    uint32 pace;
    uint32 objection;
    uint96 right;
    uint16 profitBps;
    bytes32 text;
  }

  /// @dev One slot. `due`: the last second to report the present milestone, 0 for the first one's; `until`: the last
  /// second to veto it, 0 while it is not reported.
  struct Progress {
    bool opened;
    bool stopped;
    uint8 released;
    uint48 due;
    uint48 until;
    uint96 against;
  }

  uint256 internal constant _BPS = 10_000;
  uint256 internal constant _MOST_PARTS = 12;
  uint256 internal constant _LONGEST = 1_100 days;
  /// @dev After the last second of the last default, for whoever still has to call `release`.
  uint256 private constant _GRACE = 30 days;

  ITill internal immutable _TILL;
  IERC20 internal immutable _MZ;
  IWorks internal immutable _WORKS;
  address internal immutable _IMPLEMENTATION = address(this);

  Progress internal _progress;

  constructor(ITill till, IERC20 mz, IWorks works) {
    _TILL = till;
    _MZ = mz;
    _WORKS = works;
  }

  /// @inheritdoc ICrowdfunding
  function phase() external view returns (Phase) {
    return _phase(_arguments());
  }

  /// @inheritdoc ICrowdfunding
  function isPhase(Phase wanted) external view returns (bool) {
    return _phase(_arguments()) == wanted;
  }

  /// @inheritdoc ICrowdfunding
  function ends() external view returns (uint256) {
    Arguments memory given = _arguments();
    Phase present = _phase(given);
    if (present == Phase.Raising) return given.deadline;
    if (present == Phase.Working) return _due(given, _progress);
    if (present == Phase.Objection) return _progress.until;
    return present == Phase.Payable ? _expiry(given) : 0;
  }

  /// @inheritdoc ICrowdfunding
  function isRefundable() external view returns (bool) {
    Phase present = _phase(_arguments());
    return present == Phase.Failed || present == Phase.Stopped;
  }

  /// @inheritdoc ICrowdfunding
  function standing() external view returns (uint256 raised, uint256 goal, uint256 deadline) {
    Arguments memory given = _arguments();
    return (_raised(), given.goal, given.deadline);
  }

  /// @inheritdoc ICrowdfunding
  function milestone()
    external
    view
    returns (uint256 index, uint256 amount, uint256 due, uint256 until, uint256 against)
  {
    Arguments memory given = _arguments();
    Progress memory progress = _progress;
    index = progress.released;
    if (index < given.parts.length) amount = _part(given, index);
    return (index, amount, _due(given, progress), progress.until, progress.against);
  }

  /// @inheritdoc ICrowdfunding
  function isBacker(address account) external view returns (bool) {
    return _contributed(account) != 0;
  }

  /// @inheritdoc ICrowdfunding
  function creator() external view returns (address) {
    return _arguments().creator;
  }

  /// @inheritdoc ICrowdfunding
  function work() external view returns (uint256) {
    return _arguments().work;
  }

  /// @inheritdoc ICrowdfunding
  function text() external view returns (bytes32) {
    return _arguments().text;
  }

  /// @inheritdoc ICrowdfunding
  function profitBps() external view returns (uint256) {
    return _arguments().profitBps;
  }

  /// @inheritdoc ICrowdfunding
  function expiry() external view returns (uint256) {
    return _expiry(_arguments());
  }

  function _require(Arguments memory given, Phase wanted) internal view {
    Phase present = _phase(given);
    require(present == wanted, CampaignPhaseWrong(present));
  }

  /// @dev `stopped` is looked at before the goal: refunds lower what was raised.
  function _phase(Arguments memory given) internal view returns (Phase) {
    Progress memory progress = _progress;
    if (!progress.opened) return Phase.Closed;
    if (block.timestamp <= given.deadline) return Phase.Raising;
    if (progress.stopped) return Phase.Stopped;
    if (progress.released >= given.parts.length) return Phase.Done;
    if (_missed(progress, given.deadline, given.goal)) return Phase.Failed;
    if (block.timestamp > _expiry(given)) return Phase.Stopped;
    if (progress.until != 0) return block.timestamp <= progress.until ? Phase.Objection : Phase.Payable;
    return block.timestamp <= _due(given, progress) ? Phase.Working : Phase.Stopped;
  }

  /// @dev Before anything is reported everything contributed is still in the pot.
  function _missed(Progress memory progress, uint256 deadline, uint256 goal) internal view returns (bool) {
    if (!progress.opened || progress.stopped || progress.released != 0 || progress.until != 0) return false;
    return block.timestamp > deadline && _raised() < goal;
  }

  /// @dev The last part is what is left, so that nothing is.
  function _part(Arguments memory given, uint256 index) internal view returns (uint256) {
    ITill.Pot memory pot = _TILL.pot(address(this), address(_MZ), 0);
    return index + 1 == given.parts.length ? pot.left : (uint256(pot.total) * given.parts[index]) / _BPS;
  }

  function _raised() internal view returns (uint256) {
    return _TILL.pot(address(this), address(_MZ), 0).total;
  }

  function _contributed(address account) internal view returns (uint256) {
    return _TILL.paidIn(address(this), address(_MZ), 0, account);
  }

  function _due(Arguments memory given, Progress memory progress) internal pure returns (uint256) {
    return progress.due != 0 ? progress.due : uint256(given.deadline) + given.pace;
  }

  function _expiry(Arguments memory given) internal pure returns (uint256) {
    uint256 each = uint256(given.pace) + given.objection;
    return given.deadline + each * given.parts.length + _GRACE;
  }

  /// @dev The arguments were encoded one by one; a struct with a list has its offset before it.
  function _arguments() internal view returns (Arguments memory) {
    return abi.decode(bytes.concat(bytes32(uint256(32)), _encoded()), (Arguments));
  }

  function _encoded() internal view returns (bytes memory) {
    require(address(this) != _IMPLEMENTATION, CampaignBareImplementation());
    return Clones.fetchCloneArgs(address(this));
  }
}
