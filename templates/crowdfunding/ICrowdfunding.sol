// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A campaign: all or nothing, released by milestones
/// @notice Back it with a deposit through the Till: `hold(MZ, gross, this, 0, "")`. The money waits in one pot of the
/// Till until the goal is reached and milestones are met; otherwise it goes back, exactly.
/// @dev Amounts are in wei of MZ, shares in basis points, times in seconds since 1970. All contributions are in the pot
/// (this, MZ, 0); what somebody has contributed is `Till.paidIn`, and is their weight.
interface ICrowdfunding {
  /// @notice What the campaign is waiting for.
  /// @dev Closed: the maker never opened it. Raising: until and including the deadline. Failed: the goal was missed.
  /// Working: the creator has to report the next milestone. Objection: backers may veto it. Payable: anyone may release
  /// it. Stopped: vetoed, or the creator or everybody was silent. Done: all milestones are released.
  enum Phase {
    Closed,
    Raising,
    Failed,
    Working,
    Objection,
    Payable,
    Stopped,
    Done
  }

  /// @notice The campaign takes contributions now.
  event Opened(address indexed creator, uint256 indexed work, uint256 goal, uint256 deadline, uint256 expiry);
  /// @notice The creator says that a milestone is met; backers may veto until `until`.
  /// @param evidence the SHA-256 digest in the content address of what shows it
  event Reported(uint256 indexed milestone, bytes32 evidence, uint256 until);
  /// @notice A backer is against the release; `against` is the weight of all who are.
  event Vetoed(uint256 indexed milestone, address indexed backer, uint256 weight, uint256 against);
  /// @notice A milestone's part was settled, `gross` of it.
  event Released(uint256 indexed milestone, uint256 gross);
  /// @notice The work is not paid further; what is left goes back to the backers in proportion.
  event Stopped(uint256 indexed milestone);
  /// @notice A backer used presold rights.
  /// @param note anything by which whoever delivers finds this again
  event Redeemed(address indexed backer, uint256 count, bytes32 indexed note, uint256 left);
  /// @notice Somebody paid income of the work to this campaign.
  event IncomePaid(address indexed from, bytes32 indexed ref, uint256 gross, uint256 net);
  /// @notice Income left: a backer's share of profit, or the creator's rest.
  event IncomeCollected(address indexed account, uint256 amount);

  /// @notice Payments and deposits are announced by the Till, and by nobody else.
  error CampaignCallerNotTill(address caller);
  /// @notice This is the code behind the instances and collects nothing itself.
  error CampaignBareImplementation();
  /// @notice Campaigns are in MZ.
  error CampaignTokenRefused(address token);
  /// @notice All contributions go into the pot with the reference 0.
  error CampaignRefUnknown(bytes32 ref);
  /// @notice The contribution is smaller than the smallest one.
  error CampaignContributionTooSmall(uint256 least, uint256 given);
  /// @notice This cannot be done in the present phase.
  error CampaignPhaseWrong(Phase phase);
  /// @notice Only the creator does this.
  error CampaignNotCreator(address creator, address caller);
  /// @notice The account has contributed nothing, or has been refunded.
  error CampaignNotBacker(address account);
  /// @notice The backer is against this milestone already.
  error CampaignVetoedAlready(address backer);
  /// @notice The creator does not own the work that the campaign is for.
  error CampaignWorkNotOwned(address owner, address creator);
  /// @notice The terms make no campaign: creator 0, a goal below 10,000 wei, parts that are not 1 to 12 and 100 % in
  /// all, an objection time or pace below a day, or an end that is past or too late.
  error CampaignTermsInvalid();
  /// @notice The backer has fewer rights left.
  error CampaignRightsTooFew(uint256 left, uint256 wanted);
  /// @notice There is no income for this account now.
  error CampaignNothingToCollect(address account);

  /// @notice Opens the campaign; the registry calls it when the instance is made.
  function open() external;

  /// @notice The creator reports the next milestone and gives the evidence.
  function report(bytes32 evidence) external;

  /// @notice A backer is against releasing the reported milestone. A third of all weight stops the campaign.
  function veto() external;

  /// @notice Settles the reported milestone after the time for objections. Anyone may call.
  function release() external;

  /// @notice Sends a backer's money back: all of it when the goal was missed, its part of what is left when the
  /// campaign was stopped. Anyone may call.
  function refund(address backer) external returns (uint256 amount);

  /// @notice Uses presold rights.
  function redeem(uint256 count, bytes32 note) external;

  /// @notice Sends an account its income: a backer's share of profit, the creator's rest. Anyone may call.
  function collect(address account) external returns (uint256 amount);

  /// @notice What the campaign is waiting for.
  function phase() external view returns (Phase phase);

  /// @notice Whether this is the present phase.
  function isPhase(Phase wanted) external view returns (bool);

  /// @notice The last second of the present phase; 0 for phases that last for good.
  function ends() external view returns (uint256);

  /// @notice Whether backers can have their money back now.
  function isRefundable() external view returns (bool);

  /// @notice What was raised so far, what is needed and until when; the number of backers is not counted.
  function standing() external view returns (uint256 raised, uint256 goal, uint256 deadline);

  /// @notice The present milestone, from 0: what it releases, until when the creator may report it, until when
  /// backers may veto it (0: not reported), and the weight against it.
  function milestone()
    external
    view
    returns (uint256 index, uint256 amount, uint256 due, uint256 until, uint256 against);

  /// @notice What an account contributed, the rights it has left, and the income it can collect.
  function position(address account) external view returns (uint256 contributed, uint256 rights, uint256 income);

  /// @notice Whether an account has contributed and was not refunded.
  function isBacker(address account) external view returns (bool);

  /// @notice Who is paid and reports.
  function creator() external view returns (address);

  /// @notice The work that the campaign is for, 0 for none.
  function work() external view returns (uint256);

  /// @notice The SHA-256 digest in the content address of the campaign's text: what is made, and what a right is.
  function text() external view returns (bytes32);

  /// @notice The part of income that belongs to the backers, in basis points.
  function profitBps() external view returns (uint256);

  /// @notice After this second nothing can be released and the Till gives everything back by itself.
  function expiry() external view returns (uint256);
}
