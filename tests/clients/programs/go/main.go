// A job as somebody wrote it who never heard of us: one S3 client of the AWS SDK for Go v2, made once.
//
//	client BUCKET SECONDS PAUSE_MS
//
// For so many seconds: write an object, read it back, write the next. A line for each request: ok or err, the
// milliseconds it took, and the error's words.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func main() {
	bucket := os.Args[1]
	seconds, _ := strconv.Atoi(os.Args[2])
	pause, _ := strconv.Atoi(os.Args[3])
	ctx := context.Background()
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		fmt.Println("err 0", err)
		os.Exit(1)
	}
	client := s3.NewFromConfig(loaded)
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	for turn := 0; time.Now().Before(end); turn++ {
		key := fmt.Sprintf("go/%d", turn/2)
		report(func() error {
			if turn%2 == 0 {
				body := strings.NewReader("row")
				_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: aws.String(key), Body: body})
				return err
			}
			got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String(key)})
			if err != nil {
				return err
			}
			defer got.Body.Close()
			_, err = io.ReadAll(got.Body)
			return err
		})
		time.Sleep(time.Duration(pause) * time.Millisecond)
	}
}

func report(request func() error) {
	began := time.Now()
	err := request()
	took := time.Since(began).Milliseconds()
	if err != nil {
		fmt.Println("err", took, strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	fmt.Println("ok", took)
}
