// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IWorks} from "contracts/works/IWorks.sol";
import {Campaign} from "./Campaign.sol";
import {ICrowdfunding} from "./ICrowdfunding.sol";

/// @title Crowdfunding
/// @notice One campaign: all or nothing, one pot, milestones that a third of the money can stop, presold rights, and a
/// share of profit for backers.
/// @dev A clone: its arguments are in its code. Contributions are the Till's books; nothing here counts them again.
contract Crowdfunding is Campaign, IInstance {
  using SafeERC20 for IERC20;

  uint256 private _collected;
  /// @dev Of the creator under 0: the creator may be a backer too.
  mapping(address account => uint256 amount) private _collectedBy;
  mapping(address backer => uint256 count) private _used;
  /// @dev The milestone that a backer was against last, counted from 1.
  mapping(address backer => uint256 milestone) private _vetoed;

  constructor(ITill till, IERC20 mz, IWorks works) Campaign(till, mz, works) {}

  /// @inheritdoc ICrowdfunding
  function open() external {
    Arguments memory given = _arguments();
    if (_progress.opened) revert CampaignPhaseWrong(_phase(given));
    uint256 sum;
    for (uint256 i; i < given.parts.length; ++i) {
      require(given.parts[i] != 0, CampaignTermsInvalid());
      sum += given.parts[i];
    }
    uint256 end = _expiry(given);
    require(sum == _BPS && given.parts.length <= _MOST_PARTS, CampaignTermsInvalid());
    require(given.creator != address(0), CampaignTermsInvalid());
    require(given.goal >= _BPS && given.profitBps <= _BPS, CampaignTermsInvalid());
    require(given.pace >= 1 days && given.objection >= 1 days, CampaignTermsInvalid());
    require(given.deadline > block.timestamp && end <= block.timestamp + _LONGEST, CampaignTermsInvalid());
    if (given.work != 0) {
      address holder = _WORKS.ownerOf(given.work);
      require(holder == given.creator, CampaignWorkNotOwned(holder, given.creator));
    }

    _progress.opened = true;
    emit Opened(given.creator, given.work, given.goal, given.deadline, end);
  }

  /// @inheritdoc IInstance
  function onHold(
    address,
    address token,
    uint256 gross,
    bytes32 ref,
    bytes calldata
  ) external view returns (bytes4, uint256) {
    Arguments memory given = _arguments();
    _checkTill(token);
    require(ref == 0, CampaignRefUnknown(ref));
    require(gross >= given.least, CampaignContributionTooSmall(given.least, gross));
    _require(given, Phase.Raising);
    return (IInstance.onHold.selector, _expiry(given));
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
    require(address(this) != _IMPLEMENTATION, CampaignBareImplementation());
    _checkTill(token);
    emit IncomePaid(payer, ref, gross, net);
    return IInstance.onPayment.selector;
  }

  /// @inheritdoc ICrowdfunding
  function report(bytes32 evidence) external {
    Arguments memory given = _arguments();
    require(msg.sender == given.creator, CampaignNotCreator(given.creator, msg.sender));
    _require(given, Phase.Working);

    uint48 until = uint48(block.timestamp) + given.objection;
    _progress.until = until;
    emit Reported(_progress.released, evidence, until);
  }

  /// @inheritdoc ICrowdfunding
  function veto() external {
    Arguments memory given = _arguments();
    _require(given, Phase.Objection);
    uint256 weight = _contributed(msg.sender);
    require(weight != 0, CampaignNotBacker(msg.sender));
    Progress memory progress = _progress;
    uint256 index = progress.released;
    require(_vetoed[msg.sender] <= index, CampaignVetoedAlready(msg.sender));

    _vetoed[msg.sender] = index + 1;
    // All weight together is a pot, which has 96 bits.
    progress.against += uint96(weight);
    progress.stopped = uint256(progress.against) * 3 >= _raised();
    _progress = progress;
    emit Vetoed(index, msg.sender, weight, progress.against);
    if (progress.stopped) emit Stopped(index);
  }

  /// @inheritdoc ICrowdfunding
  function release() external {
    Arguments memory given = _arguments();
    _require(given, Phase.Payable);
    Progress memory progress = _progress;
    uint256 index = progress.released;
    uint256 gross = _part(given, index);

    progress.released = uint8(index + 1);
    progress.due = progress.until + given.pace;
    (progress.until, progress.against) = (0, 0);
    _progress = progress;
    emit Released(index, gross);
    // What the creator receives of it is in the Till's own receipt.
    // slither-disable-next-line unused-return
    _TILL.release(address(_MZ), 0, gross, given.creator);
  }

  /// @inheritdoc ICrowdfunding
  function refund(address backer) external returns (uint256 amount) {
    // Only what a missed goal has to be known for: most refunds are of that kind.
    (, , uint96 goal, , uint48 deadline) = abi.decode(_encoded(), (address, uint256, uint96, uint96, uint48));
    if (!_missed(_progress, deadline, goal)) _stop();
    return _TILL.refund(address(_MZ), 0, backer);
  }

  /// @inheritdoc ICrowdfunding
  function redeem(uint256 count, bytes32 note) external {
    uint256 left = _rights(_arguments(), msg.sender);
    require(count != 0 && count <= left, CampaignRightsTooFew(left, count));

    _used[msg.sender] += count;
    emit Redeemed(msg.sender, count, note, left - count);
  }

  /// @inheritdoc ICrowdfunding
  function collect(address account) external returns (uint256 amount) {
    (uint256 asBacker, uint256 asCreator) = _income(_arguments(), account);
    amount = asBacker + asCreator;
    require(amount != 0, CampaignNothingToCollect(account));

    _collected += amount;
    if (asBacker != 0) _collectedBy[account] += asBacker;
    if (asCreator != 0) _collectedBy[address(0)] += asCreator;
    emit IncomeCollected(account, amount);
    _MZ.safeTransfer(account, amount);
  }

  /// @inheritdoc ICrowdfunding
  function position(address account) external view returns (uint256 contributed, uint256 rights, uint256 income) {
    Arguments memory given = _arguments();
    (uint256 asBacker, uint256 asCreator) = _income(given, account);
    return (_contributed(account), _rights(given, account), asBacker + asCreator);
  }

  /// @dev Silence has stopped it as soon as time has passed; it is written down when the first part goes back.
  function _stop() private {
    Phase present = _phase(_arguments());
    require(present == Phase.Stopped, CampaignPhaseWrong(present));
    if (_progress.stopped) return;
    _progress.stopped = true;
    emit Stopped(_progress.released);
  }

  function _checkTill(address token) private view {
    require(msg.sender == address(_TILL), CampaignCallerNotTill(msg.sender));
    require(token == address(_MZ), CampaignTokenRefused(token));
  }

  function _rights(Arguments memory given, address account) private view returns (uint256) {
    Phase present = _phase(given);
    if (given.right == 0 || present <= Phase.Failed) return 0;
    uint256 bought = _contributed(account) / given.right;
    return bought > _used[account] ? bought - _used[account] : 0;
  }

  /// @dev Whatever MZ came here is income of the work, by whichever way; contributions never do. Until the campaign has
  /// ended income waits. When it is done, nothing can be refunded any more, so weights stand still for good.
  function _income(Arguments memory given, address account) private view returns (uint256 asBacker, uint256 asCreator) {
    Phase present = _phase(given);
    uint256 all = _MZ.balanceOf(address(this)) + _collected;
    uint256 backers;
    if (present == Phase.Done) {
      backers = (all * given.profitBps) / _BPS;
      asBacker = (all * given.profitBps * _contributed(account)) / (_BPS * _raised()) - _collectedBy[account];
    } else if (present != Phase.Failed && present != Phase.Stopped) {
      return (0, 0);
    }
    if (account == given.creator) asCreator = all - backers - _collectedBy[address(0)];
  }
}
