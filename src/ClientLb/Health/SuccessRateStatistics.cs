namespace ClientLb.Health;

/// <summary>When a success rate is too far below those of the peers.</summary>
public enum SuccessRateStatistics : byte
{
    /// <summary>
    /// As <see cref="A50"/>, and also <see cref="SuccessRateOptions.MinimumGap"/> below the mean, and so many failures that chance alone would bring them less often than
    /// <see cref="SuccessRateOptions.Significance"/>, given the rate of the peers. The default: the pure form ejects by noise where all are nearly alike.
    /// </summary>
    Significant,

    /// <summary>Below the mean by <see cref="SuccessRateOptions.StdevFactor"/> standard deviations, as Envoy and gRPC A50 have it.</summary>
    A50,
}
