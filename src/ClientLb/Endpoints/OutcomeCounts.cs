namespace ClientLb.Endpoints;

/// <summary>What attempts came to between two reviews.</summary>
/// <param name="Total">All outcomes that count.</param>
/// <param name="Failures">The failures among them.</param>
/// <param name="ClientErrors">The 4xx among those that were no failures.</param>
internal readonly record struct OutcomeCounts(long Total, long Failures, long ClientErrors);
